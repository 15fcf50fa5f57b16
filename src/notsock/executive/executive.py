"""The executive: chooses the thread, moves virtual time, asks for verdicts, records events.

Every simulated call enters here (:meth:`Executive.enter`) and leaves here (:meth:`Executive.leave`); between
the two the kernel acts as a plain function.  Nothing else switches threads, reads a clock or draws a random
number.  There is no hub: whichever greenlet stops running picks its successor and switches to it directly.

Virtual time stands still while anything can run, but for two things that the program itself does: reading a
clock, and polling in vain.  Both would otherwise live-lock on a clock that waits for them.  A thread that
polls in vain also lets others pass once, and each poll in a row moves time twice as far as the one before, up
to a limit, so that a polling loop is a few events long, not millions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, NoReturn, Protocol

from greenlet import getcurrent, greenlet

from notsock.executive import workers
from notsock.executive.actors import Actor, Killed, Thread
from notsock.executive.strategy import FirstReady, Strategy
from notsock.trace.calls import Call
from notsock.trace.events import (
    WIDTHS,
    Clock,
    Ending,
    Entered,
    Exited,
    PacketMoved,
    Raised,
    RunEnded,
    Stepped,
    Stuck,
    ThreadEnded,
    ThreadStarted,
)
from notsock.trace.recorder import PACK_AT, Recorder
from notsock.trace.stacks import capture, capture_raised
from notsock.values.durations import HOUR, MICROSECOND, MILLISECOND, NEVER, SECOND

_CLOCK, _ENTERED, _EXITED, _STEPPED = Clock.kind, Entered.kind, Exited.kind, Stepped.kind
_UNEVENTFUL = frozenset({_CLOCK, _ENTERED, _EXITED, _STEPPED})
_PROBES = frozenset({_CLOCK, PacketMoved.kind})

GLANCE_NS = 1 * MICROSECOND
"""How far reading a clock moves it."""
POLL_NS = 20 * MICROSECOND
POLL_NS_MAX = 50 * MILLISECOND
"""How far a poll in vain moves the clock: the first in a row, and at most."""
SLICE_POINTS = 1000
"""So many points between bytecodes are a thread's turn."""
SLICES_PATIENCE = 1000
"""So many turns in a row move time by the least amount: a program may compute for a while."""
GLANCES_MAX = 1000
"""So many looks at the clock are a step: a loop that does nothing else waits for another thread."""

LONG_NS = 10 * SECOND
"""Before time moves so far it is asked whether that can change anything."""
SLEEPS_MORE = 10
"""So many times as often as another a thread that sleeps may wake to nothing."""
_FINALIZERS_MAX = 1 << 30
"""Calls that finalizers of a process which is over may make in vain, all together."""
REFUSALS_MAX = 1000
"""How often a thread that is over may catch its own end before it is left where it stands."""


class Timed(Protocol):
    """Whoever asks for a moment (:meth:`Executive.at`)."""

    def overdue(self, what: Any, due_ns: int) -> int:
        """Say whether ``what`` is really due at ``due_ns``: that moment, a later one, or NEVER (forget it)."""

    def fire(self, what: Any) -> None:
        """Do what was asked for; virtual time is now at its moment."""


class Repeating(Timed, Protocol):
    """Whoever asks for moments again and again, without end: probes of a connection."""

    def repeats(self, what: Any, since_ns: int) -> bool:
        """Say whether ``what`` has been due after ``since_ns`` already and would only do the same again."""


class Budget:
    """What a run may use before it is stopped: integers of trace, and virtual nanoseconds.

    ``idle_wakes_max``: how often in a row a thread's time-out may pass with nothing happening in between before
    it counts as a service with nobody to serve; a run in which all that is left are such ends as quiet.
    """

    __slots__ = ("events_max", "idle_wakes_max", "time_max_ns")

    def __init__(
        self, events_max: int = 20_000_000, time_max_ns: int = 24 * HOUR, idle_wakes_max: int = 60
    ) -> None:
        self.events_max = events_max
        self.time_max_ns = time_max_ns
        self.idle_wakes_max = idle_wakes_max


class Executive:
    """One run of one simulated network."""

    def __init__(self, strategy: Strategy | None = None, budget: Budget | None = None) -> None:
        self.strategy: Strategy = strategy or FirstReady()
        self.budget = budget or Budget()
        self.recorder = Recorder(noting=True)
        self.flat = self.recorder.flat
        self.log = self.recorder.note
        self.traffic = self.recorder.flat.extend
        self.now = 0
        self.ready: list[Actor] = []
        self.idents: list[int] = []
        self.choices: list[int] = []
        self.roster: list[tuple[str, int, int]] = [("", 0, 1)]
        self.threads: list[Thread] = []
        self.live = 0
        self.over = False
        self.passed = False
        """Whether a thread that had polled in vain let others go first: it might have gone on at once."""
        self.tied = False
        """Whether two timers acted in one moment, threads' deadlines apart: the other might have come first."""
        self.ending = Ending.FINISHED
        self.failure: BaseException | None = None
        self.space: Any = None
        self.at_once: list[Actor] = []
        """What happens before anything else may: the rest of a call, which the caller does not return without."""
        self.unseen: list[Any] = []
        """What was looked at between calls, where the strategy attends to every turn; None for the time.

        Nothing that a program has made is kept here: it would live, and its finalizer wait, for being looked at.
        """
        self._timers: list[tuple[int, int, Timed, Any]] = []
        self._sequence = 0
        self.fired = 0
        """How many timers have acted."""
        self._numbers: dict[str, int] = {}
        self._pick = self.strategy.pick
        self.alone = 1
        """Up to how many ready actors there is nothing to ask; 0 where the strategy attends to every turn."""
        self._stills: Callable[[], None] | None = None
        self._interrupt = getattr(self.strategy, "interrupt", self._pick)
        self._unwinder: greenlet | None = None
        self._refusals = 0
        self._silenced: tuple[Any, ...] | None = None
        self._idle_wakes: dict[int, int] = {}
        self._looked_at = 0
        self._still_from = 0
        self._still_since = 0
        """Where in the trace, and at which moment, there was last more than probes."""
        self.main: greenlet = getcurrent()
        self.current: Thread = Thread(0, "system", None, _nothing)

    # ---- the gate -------------------------------------------------------------------------------------------

    def enter(self, call: int, first: int = 0, second: int = 0) -> None:
        """Record that the current thread enters a call; another thread may run before the call acts."""
        thread = self.current
        thread.call = call
        thread.call_first = first
        self.traffic((_ENTERED, thread.ident, call, first, second))
        if len(self.ready) > self.alone:
            self.reschedule()

    def leave(self, call: int, result: int, error: int = 0) -> None:
        """Record that the current thread's call returned."""
        if self.at_once:
            self.do_at_once()
        thread = self.current
        thread.handed = None  # whatever it was, the program may have given it up: its finalizer is not to wait
        self.traffic((_EXITED, thread.ident, call, result, error))
        if len(self.flat) > PACK_AT:
            self.pack()

    def step(self, point: str) -> None:
        """Pass a named point inside a call, at which another thread may run."""
        self.traffic((_STEPPED, self.current.ident, self.recorder.name(point)))
        if len(self.ready) > self.alone:
            self.reschedule()

    def preempt(self, point: str) -> None:
        """Pass a point between two calls, at which another thread may run.

        A step that most strategies take less often than others, for there are many.  Where nobody else could run it
        leaves no trace.  A thread that has passed :data:`SLICE_POINTS` of them lets others pass, and time moves: it
        may be waiting for something that only they, or time, can bring.
        """
        current = self.current
        current.slice += 1
        if current.slice >= SLICE_POINTS:
            current.slice = 0
            if len(self.ready) > 1 or self._timers:
                self.poll_failed(SLICES_PATIENCE)
        if len(self.ready) < 2:
            return
        self.traffic((_STEPPED, current.ident, self.recorder.name(point)))
        if len(self.flat) > PACK_AT:
            self.pack()
        if current.yields:
            self.reschedule()
            return
        idents = self.idents
        try:
            chosen = self.ready[self._interrupt(idents, current.ident)]
        except Exception as error:  # noqa: BLE001 - handed to whoever called run()
            self._give_up(error)
        self.choices.append(chosen.ident)
        if chosen is current:
            return
        worker = chosen.greenlet
        if worker is None:
            chosen.act()  # type: ignore[misc]
            self.reschedule()
            return
        self.current = chosen  # type: ignore[assignment]
        if chosen.space is not self.space:  # type: ignore[attr-defined]
            self._enter_space(chosen.space)  # type: ignore[attr-defined]
        worker.switch(chosen)

    def pack(self) -> None:
        """Pack the trace so far, and stop a run that has outgrown its budget."""
        self.recorder.pack()
        if self.recorder.base > self.budget.events_max and not self.over:
            self.finish(Ending.OUT_OF_EVENTS)

    # ---- who runs next --------------------------------------------------------------------------------------

    def reschedule(self) -> None:
        """Pick who goes next and let it run; returns when the current thread is picked again."""
        if self.over:
            self._refuse()
        current = self.current
        while True:
            if self.at_once:
                self.do_at_once()
            # _next, written out for its common case: two or more are ready and nobody has polled in vain.
            idents = self.idents
            count = len(idents)
            if count > self.alone and not current.yields:
                try:
                    chosen = self.ready[self._pick(idents, current.ident)]
                except Exception as error:  # noqa: BLE001 - handed to whoever called run()
                    self._give_up(error)
                if count > 1:
                    self.choices.append(chosen.ident)
            else:
                chosen = self._next(current)
            if chosen is current:
                return
            worker = chosen.greenlet
            if worker is None:
                chosen.act()  # type: ignore[misc]
                continue
            self.current = chosen  # type: ignore[assignment]
            if chosen.space is not self.space:  # type: ignore[attr-defined]
                self._enter_space(chosen.space)  # type: ignore[attr-defined]
            worker.switch(chosen)
            return

    def _next(self, current: Thread) -> Actor:
        """Return the actor that goes next, moving time when nobody is ready."""
        while True:
            if self.at_once:
                self.do_at_once()
            idents = self.idents
            count = len(idents)
            if count > self.alone:
                if current.yields and count > 1:
                    current.yields = False
                    if current.slot >= 0:
                        return self._pick_another(current)
                try:
                    chosen = self.ready[self._pick(idents, current.ident)]
                except Exception as error:  # noqa: BLE001 - handed to whoever called run()
                    self._give_up(error)
                if count > 1:
                    self.choices.append(chosen.ident)
                return chosen
            if count:
                return self.ready[0]
            if self._stills is not None:
                self._stills()
            self._move_time()

    def do_at_once(self) -> None:
        """Let those act that belong to what has just been done, until all is quiet; nobody chooses among them."""
        waiting = self.at_once
        while waiting:
            waiting.pop(0).act()  # type: ignore[misc]

    def _pick_another(self, current: Thread) -> Actor:
        """Pick anyone but ``current``, which has just polled in vain."""
        self.passed = True
        others = [ident for ident in self.idents if ident != current.ident]
        ident = others[0]
        if len(others) > self.alone:
            try:
                ident = others[self._pick(others, current.ident)]
            except Exception as error:  # noqa: BLE001 - handed to whoever called run()
                self._give_up(error)
            if len(others) > 1:
                self.choices.append(ident)
        return self.ready[self.idents.index(ident)]

    def _enter_space(self, space: Any) -> None:
        left, self.space = self.space, space
        if space is not None:
            space.enter()
        elif left is not None:
            left.leave()

    def make_ready(self, actor: Actor) -> None:
        """Put an actor among those that may go next."""
        if actor.slot < 0:
            actor.slot = len(self.ready)
            self.ready.append(actor)
            self.idents.append(actor.ident)

    def make_unready(self, actor: Actor) -> None:
        """Take an actor from among those that may go next; the last one takes its place."""
        slot = actor.slot
        if slot >= 0:
            last = self.ready.pop()
            ident = self.idents.pop()
            if last is not actor:
                self.ready[slot] = last
                self.idents[slot] = ident
                last.slot = slot
            actor.slot = -1

    # ---- waiting --------------------------------------------------------------------------------------------

    def wait(self, deadline_ns: int = NEVER) -> Any:
        """Stop the current thread until :meth:`wake` or the deadline; return what it was woken with.

        None means that the deadline passed first.
        """
        if self.over:
            self._refuse()
        thread = self.current
        thread.waiting = True
        thread.woken = None
        thread.deadline = deadline_ns
        thread.polls = 0
        slot = thread.slot  # make_unready, written out
        last = self.ready.pop()
        ident = self.idents.pop()
        if last is not thread:
            self.ready[slot] = last
            self.idents[slot] = ident
            last.slot = slot
        thread.slot = -1
        if deadline_ns != NEVER:
            self.at(deadline_ns, _THREADS, thread)
        self.reschedule()
        return thread.woken

    def wake(self, thread: Thread, value: Any = True) -> None:
        """Let a waiting thread go on; nothing happens to one that does not wait."""
        if thread.waiting:
            thread.waiting = False
            thread.woken = value
            ready = self.ready  # make_ready, written out
            thread.slot = len(ready)
            ready.append(thread)
            self.idents.append(thread.ident)

    def poll_failed(self, patience: int = 0) -> None:
        """Note that the current thread asked in vain: time creeps, and others pass.

        ``patience`` is how many polls in a row move time by the least amount: an event loop that has work of
        its own to do looks around in between.
        """
        thread = self.current
        self._creep(min(POLL_NS << min(max(thread.polls - patience, 0), 12), POLL_NS_MAX))
        thread.polls += 1
        thread.yields = True

    def moment(self) -> int:
        """Return the time, which stays as it is, to whoever computes with it between two calls."""
        if not self.alone:
            self.unseen.append(None)
        return self.now

    def glimpse(self, what: Any) -> None:
        """Note that the current thread looks at something that may end by itself, without a call."""
        if not self.alone:
            self.unseen.append(what)

    @property
    def asked(self) -> int:
        """How many moments have been asked for (:meth:`at`)."""
        return self._sequence

    def glance(self) -> int:
        """Return the time, which reading has moved a little."""
        thread = self.current
        thread.glances += 1
        if thread.glances >= GLANCES_MAX:
            thread.glances = 0
            thread.yields = True
            self.step("clock.read")
        moment = self.now + GLANCE_NS
        timers = self._timers
        if timers and timers[0][0] <= moment:
            self._creep(GLANCE_NS)
            return self.now
        self.now = moment
        self.traffic((_CLOCK, moment))
        return moment

    def _creep(self, ns: int) -> None:
        timers = self._timers
        moment = self.now + ns
        while timers and timers[0][0] <= moment:
            self._fire(moment)
            if self.at_once:
                self.do_at_once()
        if moment > self.now:
            self.now = moment
            self.traffic((_CLOCK, moment))

    # ---- time -----------------------------------------------------------------------------------------------

    def at(self, due_ns: int, owner: Timed, what: Any) -> None:
        """Have ``owner`` fire ``what`` at a moment (now at the earliest)."""
        self._sequence += 1
        heappush(self._timers, (max(due_ns, self.now), self._sequence, owner, what))

    def _move_time(self) -> None:
        """Nobody can run: go to the next moment at which somebody may, or end the run."""
        if self.over:
            raise Killed
        if self.live == 0:
            self.finish(Ending.FINISHED)
        if not self._timers or (self._timers[0][0] - self.now > LONG_NS and self._only_repeats()):
            self.finish(Ending.DEADLOCK)
        self._fire(NEVER)

    def _fire(self, limit: int) -> None:
        """Fire all timers of the next moment, which is not after ``limit``; stale ones move no clock."""
        timers = self._timers
        due = timers[0][0]
        acted = False
        while timers and timers[0][0] == due:
            _, _, owner, what = heappop(timers)
            moment = owner.overdue(what, due)
            if moment > due:
                if moment != NEVER:
                    self.at(moment, owner, what)
                continue
            if due > self.now:
                if due > self.budget.time_max_ns:
                    self.finish(Ending.OUT_OF_TIME)
                self.now = due
                self.traffic((_CLOCK, due))
            self.fired += 1
            if owner is not _THREADS:
                self.tied |= acted
                acted = True
            owner.fire(what)
        assert due <= limit

    def woken_by_time(self, thread: Thread) -> None:
        """Let a thread go on whose deadline has passed; end the run when only such wakings are left."""
        if self._happened_since(self._looked_at, _UNEVENTFUL):
            self._idle_wakes.clear()
        self._looked_at = self.recorder.here()
        wakes = self._idle_wakes[thread.ident] = self._idle_wakes.get(thread.ident, 0) + 1
        if wakes > self._idle_limit(thread) and not self.ready and self._all_idle():
            thread.waiting = True
            self.finish(Ending.QUIET)
        thread.waiting = False
        self.make_ready(thread)

    def _only_repeats(self) -> bool:
        """Say whether all that is left are timers that have done, since more happened, what they will do again."""
        if any(thread.alive and thread.waiting and thread.deadline != NEVER for thread in self.threads):
            return False
        if self._happened_since(self._still_from, _PROBES):
            self._still_since = self.now
        self._still_from = self.recorder.here()
        return all(
            owner is _THREADS or (hasattr(owner, "repeats") and owner.repeats(what, self._still_since))
            for _, _, owner, what in self._timers
        )

    def _happened_since(self, place: int, uneventful: frozenset[int]) -> bool:
        """Say whether since a position of the trace there was more than certain kinds of records."""
        recorder = self.recorder
        if place < recorder.base:
            return True
        flat = self.flat
        index, end = place - recorder.base, len(flat)
        while index < end:
            kind = flat[index]
            if kind not in uneventful:
                return True
            index += WIDTHS[kind]
        return False

    def _idle_limit(self, thread: Thread) -> int:
        """Return how often a thread may wake to nothing; one that only sleeps may be counting to something."""
        limit = self.budget.idle_wakes_max
        return limit * SLEEPS_MORE if thread.call == Call.SLEEP else limit

    def _all_idle(self) -> bool:
        """Say whether every thread that waits for a moment has done so in vain often enough."""
        return all(
            self._idle_wakes.get(thread.ident, 0) >= self._idle_limit(thread)
            for thread in self.threads
            if thread.alive and thread.waiting and thread.deadline != NEVER
        )

    def choose(self, point: str, count: int, chance: int = 0) -> int:
        """Return a verdict below ``count``: recorded, replayed and explored like any choice."""
        if count == 1:
            return 0
        try:
            value = self.strategy.value(point, count, chance)
        except Exception as error:  # noqa: BLE001 - handed to whoever called run()
            self._give_up(error)
        self.choices.append(~value)
        return value

    # ---- threads --------------------------------------------------------------------------------------------

    def number(self, kind: str) -> int:
        """Return the next number of a kind of thing (object, process, link …), from 1."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return number

    def count(self, kind: str) -> int:
        """Return how many things of a kind have been numbered."""
        return self._numbers.get(kind, 0)

    def enroll(self, actor: Actor, machine: int, processors: int) -> None:
        """Enter an actor into the roster that strategies read; its ident is its place there."""
        assert actor.ident == len(self.roster)
        self.roster.append((actor.name, machine, processors))

    def start(
        self, name: str, process: Any, body: Callable[[Thread], None], machine: int = 0, processors: int = 1
    ) -> Thread:
        """Start a thread; it is ready at once, and runs when it is picked."""
        thread = Thread(len(self.roster), name, process, body)
        thread.executive = self
        thread.machine = machine
        self.enroll(thread, machine, processors)
        self.threads.append(thread)
        self.live += 1
        thread.greenlet = self._worker()
        self.log((ThreadStarted.kind, thread.ident, process.ident if process else 0, self.recorder.name(name)))
        self.make_ready(thread)
        return thread

    def _worker(self) -> greenlet:
        worker = workers.idle_worker(self.main)
        if worker is not None:
            return worker
        if getcurrent() is self.main:
            return workers.new_worker(self.main)
        return self.main.switch(getcurrent())  # type: ignore[no-any-return]

    def retire(self, thread: Thread, worker: greenlet) -> Thread:
        """End a thread whose body is done; returns with the next thread that its worker is to serve."""
        self._end_silence()
        self.end(thread)
        workers.give_back(worker)
        return self._leave_worker(thread)

    def _leave_worker(self, thread: Thread) -> Thread:
        """Go on with somebody else; returns when the current worker, whose thread has ended, is to serve again."""
        if self._unwinder is not None:
            return self._unwinder.switch()  # type: ignore[no-any-return]
        if not self.over:
            try:
                while True:
                    chosen = self._next(thread)
                    if chosen.greenlet is None:
                        chosen.act()  # type: ignore[misc]
                        continue
                    self.current = chosen  # type: ignore[assignment]
                    if chosen.space is not self.space:  # type: ignore[attr-defined]
                        self._enter_space(chosen.space)  # type: ignore[attr-defined]
                    return chosen.greenlet.switch(chosen)  # type: ignore[no-any-return]
            except Killed:
                pass
        return self.main.switch(None)  # type: ignore[no-any-return]

    def end(self, thread: Thread) -> None:
        """Note that a thread is over; it never runs again."""
        if thread.alive:
            thread.alive = False
            thread.waiting = False
            thread.body = _nothing
            self.live -= 1
            if not self.over:
                self.make_unready(thread)
                self.log((ThreadEnded.kind, thread.ident))

    def kill(self, thread: Thread) -> None:
        """End another thread where it stands: it unwinds at once, and whatever it calls meanwhile does nothing."""
        assert thread is not self.current
        if thread.alive:
            ready, idents, current = self.ready, self.idents, self.current
            log, traffic = self.log, self.traffic
            self.make_unready(thread)
            self._silence()
            self._throw(thread)
            self.ready, self.idents, self.current = ready, idents, current
            self.log, self.traffic = log, traffic
            self.over = False
            self.log((ThreadEnded.kind, thread.ident))

    def fall_silent(self) -> None:
        """Let the current thread, whose process is over, unwind: whatever it calls until its end does nothing.

        The caller raises :class:`Killed`.
        """
        if not self.over:
            self.make_unready(self.current)
            self._silenced = self.ready, self.idents, self.log, self.traffic
            self._refusals = 0
            self._silence()

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Let what is called while the block lasts do nothing: finalizers of a process that is over."""
        state = self.ready, self.idents, self.log, self.traffic, self.over
        self._refusals = -_FINALIZERS_MAX
        self._silence()
        try:
            yield
        finally:
            self._refusals = 0
            self.ready, self.idents, self.log, self.traffic, self.over = state

    def _end_silence(self) -> None:
        if self._silenced is not None:
            self.ready, self.idents, self.log, self.traffic = self._silenced
            self._silenced = None
            self.over = False

    def _silence(self) -> None:
        """Make every call raise Killed at its gate: threads that unwind must touch nothing any more."""
        self.over = True
        self.ready = [self.current, self.current]
        self.idents = [0, 0]
        self.log = self.traffic = _discard

    def raised(self, thread: Thread, error: BaseException) -> None:
        """Record that an exception which nobody caught ended a thread."""
        code = getattr(error, "winerror", None) or getattr(error, "errno", None) or 0
        self.recorder.stacks[self.recorder.here()] = capture_raised(error)
        self.log((Raised.kind, thread.ident, self.recorder.name(type(error).__name__), int(code)))

    # ---- the run --------------------------------------------------------------------------------------------

    def run(self) -> Ending:
        """Run until every thread has ended, nothing can go on, or the budget is used up."""
        self.main = getcurrent()
        self.strategy.begin(self.roster)
        watch = getattr(self.strategy, "watch", None)
        if watch is not None:
            watch(self.recorder)
        attend = getattr(self.strategy, "attend", None)
        if attend is not None:
            self.alone = 0
            self._stills = self.strategy.stills  # type: ignore[attr-defined]
            attend(self)
        nobody = self.current
        try:
            chosen = self._first(nobody)
            request = self._resume(chosen) if chosen is not None else None
            while request is not None:
                worker = workers.new_worker(self.main)
                request = request.switch(worker)
        except Killed:
            pass
        finally:
            self._unwind()
        if self.failure is not None:
            raise self.failure
        return self.ending

    def _first(self, nobody: Thread) -> Actor | None:
        while True:
            chosen = self._next(nobody)
            if chosen.greenlet is not None:
                return chosen
            chosen.act()  # type: ignore[misc]

    def _resume(self, chosen: Actor) -> Any:
        self.current = chosen  # type: ignore[assignment]
        if chosen.space is not self.space:  # type: ignore[attr-defined]
            self._enter_space(chosen.space)  # type: ignore[attr-defined]
        return chosen.greenlet.switch(chosen)  # type: ignore[union-attr]

    def finish(self, ending: Ending) -> None:
        """End the run now; raises :class:`Killed` in the current thread."""
        if not self.over:
            self.ending = ending
            for thread in self.threads:
                if thread.alive and thread.waiting and (ending != Ending.QUIET or thread.deadline == NEVER):
                    self.recorder.stacks[self.recorder.here()] = capture(thread.greenlet.gr_frame)  # type: ignore[union-attr]
                    self.log((Stuck.kind, thread.ident, thread.call, thread.call_first))
            self.log((RunEnded.kind, ending))
            self._silence()
            if self.current.alive and getcurrent() is not self.main:
                self.main.switch(None)  # parked here, until run() unwinds it with all the others
        raise Killed

    def fail(self, error: BaseException) -> None:
        """Stop the run because of an error of ours; :meth:`run` raises it."""
        if self.failure is None:
            self.failure = error
        self._silenced = None
        self._silence()

    def _give_up(self, error: Exception) -> NoReturn:
        """Stop the run because its strategy failed; the program under test must not catch that."""
        self.fail(error)
        raise Killed from error

    def _unwind(self) -> None:
        """Unwind every thread that is left, so that its worker is free for the next run."""
        self._silence()
        for thread in self.threads:
            if thread.alive:
                self._throw(thread)
        self._enter_space(None)

    def _refuse(self) -> None:
        """Unwind the current thread, which is over; leave it where it stands if it keeps catching that."""
        self._refusals += 1
        if self._refusals > REFUSALS_MAX:
            if self._silenced is not None:
                workers.abandon(getcurrent())
                self._end_silence()
                self.end(self.current)
                self._leave_worker(self.current)
            if self._unwinder is None:
                self.main.switch(None)
            else:
                workers.abandon(getcurrent())
                self.end(self.current)
                self._unwinder.switch()
        raise Killed

    def _throw(self, thread: Thread) -> None:
        """Throw Killed into a thread and come back when it is over."""
        if not thread.begun:
            self.end(thread)
            workers.give_back(thread.greenlet)  # type: ignore[arg-type]
            return
        outer, self._unwinder = self._unwinder, getcurrent()
        space = self.space
        self.current = thread
        if thread.space is not space:
            self._enter_space(thread.space)
        self._refusals = 0
        thread.greenlet.throw(Killed)  # type: ignore[union-attr]
        if thread.space is not space:
            self._enter_space(space)
        self._unwinder = outer


class _Threads:
    """The deadlines of waiting threads."""

    def overdue(self, thread: Thread, due_ns: int) -> int:
        return due_ns if thread.waiting and thread.deadline == due_ns else NEVER

    def fire(self, thread: Thread) -> None:
        thread.executive.woken_by_time(thread)


_THREADS = _Threads()


def _discard(record: object) -> None:
    """Record nothing: the run, or the thread, is over."""


def _nothing(thread: Thread) -> None:
    raise AssertionError(thread.name)

"""The rule stale-close."""
# ruff: noqa: ARG002 - a handler takes all fields of its event

from dataclasses import dataclass

from notsock.detect.case import NOTHING_YET, Case, Words
from notsock.detect.finding import Moment, Severity
from notsock.detect.knowledge import may_have_learned
from notsock.detect.world import Holding
from notsock.trace.calls import CLOSES_BY_NUMBER, SPELLINGS, Call
from notsock.trace.events import (
    ContextReleased,
    DescriptorClosed,
    DescriptorOpened,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    Origin,
)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A close by number alone, by a thread that knew the number as something else."""

    at: int
    thread: int
    call: int
    victim: Holding
    before: Holding


class StaleClose:
    """A handle was closed whose number had come to mean somebody else's object.

    ## What it does
    Finds a close that reached another object than the closer meant.  What it meant is known by identity: the
    context that `closesocket` found, the object that the C-runtime descriptor was made for, the thread whose
    own handle `_endthread` closes, a handle that a system library opened for itself, or a call that was
    already under way when the number came to mean the victim.  A close by number alone counts when its thread
    had the number for an object that is gone, was never given it for the victim, and could not have heard of
    it.  That is an error when the victim's owner names the number afterwards and it means nothing; a warning
    when a call of the owner was broken off, or a socket was closed by `CloseHandle`; else a note, for threads
    may share numbers in plain memory, which no trace shows.

    ## Why is this bad?
    The owner of the victim did nothing wrong, and sees its connection die, its next call fail with 10038, or
    its data go into a third object.  It depends on the schedule and on which number Windows hands out next, so
    it happens once a month and leaves no trace in the culprit.

    ## Example
    ```c
    h = (HANDLE)_beginthread(work, 0, NULL);
    CloseHandle(h);            /* _endthread will close the number again: by then it is another's socket */
    ```

    ## What to change
    Own each handle in one place.  Use `_beginthreadex` where you need the handle.
    """

    name = "stale-close"
    severity = Severity.ERROR
    article = "Q155738"
    cwe = 1341
    reads = (HandleOpened, HandleClosed, HandleMissed, ContextReleased, DescriptorOpened, DescriptorClosed)

    def __init__(self, case: Case) -> None:
        self.case = case
        self._suspects: list[_Suspect] = []

    def handle_closed(
        self,
        at: int,
        thread: int,
        process: int,
        handle: int,
        target: int,
        call: int,
        left: int,
    ) -> None:
        """A number stopped meaning an object: was that the object which the closer meant?"""
        if call not in CLOSES_BY_NUMBER:
            return
        world = self.case.world
        past = world.past[process, handle]
        victim, earlier = past[-1], past[:-1]
        meant = self._meant(thread, (process, handle), call)
        if meant is None or (meant == 0 and call == Call.ENDTHREAD):
            if call == Call.ENDTHREAD and world.thing(target).type == "thread":
                return
            if call == Call.ENDTHREAD or victim.origin == Origin.SYSTEM:
                self._certain(at, thread, call, victim, earlier[-1] if earlier else None)
            else:
                self._by_number(at, thread, call, victim, earlier)
        elif meant != target:
            before = [holding for holding in earlier if holding.object == meant]
            self._certain(at, thread, call, victim, before[-1] if before else None)

    def handle_missed(self, at: int, thread: int, process: int, handle: int, target: int, call: int) -> None:
        """``closesocket`` refused a number: did it mean a socket that is gone?"""
        if not target or call != Call.CLOSESOCKET:
            return
        world = self.case.world
        before = world.last(process, handle)
        victim = world.table.get((process, handle))
        if before is None or victim is None or not before.knew(thread):
            return
        if world.thing(before.object).type == "endpoint":
            self._certain(at, thread, call, victim, before)

    def finish(self) -> None:
        """Judge the closes by number alone, by what followed them."""
        for suspect in self._suspects:
            victim, before = suspect.victim, suspect.before
            if self.case.next_miss(victim, suspect.at, suspect.thread) is not None:
                self._found(suspect, Severity.ERROR)
            elif before.opener == suspect.thread:
                odd = suspect.call == Call.CLOSEHANDLE and self.case.world.thing(victim.object).type == "endpoint"
                broken = self.case.broken_off(victim, suspect.at, suspect.thread) is not None
                self._found(suspect, Severity.WARNING if odd or broken else Severity.NOTE)

    # ---- what the closer meant --------------------------------------------------------------------------------

    def _meant(self, thread: int, key: tuple[int, int], call: int) -> int | None:
        """Return the object that a close meant, None when only the number says so."""
        world = self.case.world
        actor = world.threads.get(thread)
        if call == Call.CRT_CLOSE:
            given_up, world.given_up = world.given_up, None
            return given_up.object if given_up is not None and given_up.handle == key[1] else None
        if actor is None:
            return None
        if call == Call.ENDTHREAD:
            return actor.object
        if call == Call.CLOSESOCKET and actor.releasing is not None and actor.releasing[0] == key:
            return actor.releasing[1] if actor.releasing[1] != world.past[key][-1].object else None
        return None

    def _by_number(self, at: int, thread: int, call: int, victim: Holding, earlier: list[Holding]) -> None:
        """Consider a close that names nothing but a number."""
        world = self.case.world
        actor = world.threads.get(thread)
        entered = actor.call_at if actor is not None and actor.call else at
        if victim.opener == thread or victim.users.get(thread, at) < entered:
            return
        known = [holding for holding in earlier if holding.knew(thread) and holding.object != victim.object]
        if not known:
            return
        if entered < victim.opened_at:
            self._certain(at, thread, call, victim, known[-1])
        elif not may_have_learned(world, victim.opened_at, victim.opener, thread, entered):
            self._suspects.append(_Suspect(at, thread, call, victim, known[-1]))

    # ---- findings -----------------------------------------------------------------------------------------------

    def _certain(self, at: int, thread: int, call: int, victim: Holding, before: Holding | None) -> None:
        self._found(_Suspect(at, thread, call, victim, before or victim), Severity.ERROR)

    def _found(self, suspect: _Suspect, severity: Severity) -> None:
        """Keep it, under the cause: who closed first, who closed again, and what kind of object was hit.

        Which of many victims it was is chance.  The severity is part of the key, lest a note from one schedule
        hide an error from another.
        """
        victim, before = suspect.victim, suspect.before
        moments = [(suspect.at, suspect.thread)]
        if before is not victim:
            moments = [(before.opened_at, before.opener), (before.closed_at, before.closer), *moments]
        self.case.add(
            self,
            suspect.at,
            (severity.value, self.case.world.thing(victim.object).type, *self.case.key(*moments)),
            lambda: self._words(suspect),
            severity=severity,
            about=victim.object,
            victims=frozenset({victim.object}),
            acts=self.case.ended(*moments) if before is not victim else (),
            through=frozenset({before.object} if before.closer != suspect.thread else ()),
        )

    def _words(self, suspect: _Suspect) -> Words:
        case, victim, before = self.case, suspect.victim, suspect.before
        call = SPELLINGS[Call(suspect.call)]
        refused = victim.closed_at != suspect.at
        verb = "named" if refused else "closed"
        title = f"{call} by {case.thread_name(suspect.thread)} {verb} {case.name(victim.object)}"
        if before is not victim:
            title += f": {case.number(victim.handle)} had been {case.name(before.object)}"
        elif victim.origin == Origin.SYSTEM:
            title += ", which a system library had opened for itself"
        return Words(
            title,
            victim.object,
            self.article,
            self._history(suspect),
            case.result_of(suspect.thread, suspect.at) if refused else self._consequence(suspect),
            _advice(suspect.call, before),
        )

    def _history(self, suspect: _Suspect) -> list[Moment]:
        case, victim, before = self.case, suspect.victim, suspect.before
        history = [
            case.opened(victim, "the number was given to the victim here"),
            case.moment("closed here again, and it was the victim", suspect.at, suspect.thread),
        ]
        if before is not victim:
            history += [case.opened(before), case.closed(before, "closed here first")]
        return history

    def _consequence(self, suspect: _Suspect) -> str:
        """Say what followed for the owner of the victim."""
        said = self.case.consequence(suspect.victim, suspect.at, suspect.thread)
        ended = self.case.world.thing(suspect.victim.object).ended_at
        if said == NOTHING_YET and ended:
            return f"{self.case.name(suspect.victim.object)} is gone; its owner has not noticed yet"
        return said


def _advice(call: int, before: Holding) -> str:
    if Call.ENDTHREAD in {call, before.call}:
        return (
            "_endthread closes the handle that _beginthread returned, so the program must not; "
            "use _beginthreadex where it needs the handle, and close that one (Q132078)"
        )
    if Call.CRT_CLOSE in (call, before.call):
        return (
            "let the descriptor and the socket each own a handle (DuplicateHandle before _open_osfhandle), "
            "or close through one of them only"
        )
    return "close the handle in one place, and forget its number there"

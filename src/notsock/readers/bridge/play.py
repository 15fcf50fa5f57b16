"""The play: an excerpt's events, folded into what each thread did, to which handle, and what it meant by the number.

A number means what it meant when its thread learned of it: so a thread that closes a number which has been handed out
again still speaks of the handle that it knew.  That step, or one that found nothing, is the fault.
"""

from dataclasses import dataclass, field

from notsock.readers.bridge.finding_file import FindingFileError, TracedFinding
from notsock.trace.calls import Call
from notsock.trace.events import (
    AddressClaimed,
    ConnectionOpened,
    DescriptorMissed,
    DescriptorOpened,
    Entered,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    Listening,
    ObjectCreated,
    Origin,
    ProcessStarted,
    ThreadStarted,
)
from notsock.values.addresses import IPPROTO_TCP


@dataclass(slots=True, eq=False)
class Item:
    """One handle while it meant an object: a variable of the program that is written."""

    name: str
    object: int
    kind: str
    process: int
    opener: int
    origin: Origin


@dataclass(slots=True, eq=False)
class Step:
    """A call of one thread: what it names, what it opens, and the line of the log."""

    thread: int
    call: Call
    number: int
    text: str
    about: Item | None = None
    opens: list[Item] = field(default_factory=list)
    closes: bool = False
    fault: bool = False
    descriptor: int = -1


@dataclass(slots=True)
class Play:
    """Everything that a scenario is made of, by the numbers of the trace."""

    rule: str
    processes: dict[int, str] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    """Each thread's process."""
    own: dict[int, int] = field(default_factory=dict)
    """The thread that a thread object is of."""
    kinds: dict[int, str] = field(default_factory=dict)
    listening: set[int] = field(default_factory=set)
    connected: set[int] = field(default_factory=set)
    claims: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """By object: its port, and whether it is a stream."""
    steps: list[Step] = field(default_factory=list)


def play_of(finding: TracedFinding) -> Play:
    """Fold a finding's events; raise :class:`FindingFileError` for what no trace has."""
    folder = _Folder(finding)
    try:
        for position, event in finding.trace:
            folder.take(position, event)
    except ValueError as error:
        raise FindingFileError(f"the finding's excerpt is damaged: {error}") from None
    _settle_fault(folder.play)
    return folder.play


def _settle_fault(play: Play) -> None:
    """Say which step is to be left out: that which found nothing, or hit another object; or the one that led to it.

    What ends a thread cannot be left out, and ``closesocket`` is how a socket is closed: there the close before it is
    at fault.  A descriptor that is torn from its user must not be closed.
    """
    if play.rule == "stale-context":
        closers = [step for step in play.steps if step.closes]
        if closers:
            closers[0].fault = True
        return
    fault = next((step for step in play.steps if step.fault), None)
    if fault is None:
        return
    before = [
        step for step in play.steps[: play.steps.index(fault)]
        if step.closes and step.about is not None and step.about is fault.about
    ]  # fmt: skip
    leads = (
        fault.call is Call.ENDTHREAD
        or play.rule in ("stale-use", "closed-through-alias")
        or (fault.call is Call.CLOSESOCKET and before and before[0].call in (Call.CLOSEHANDLE, Call.CRT_CLOSE))
    )
    if leads and before:
        fault.fault, before[0].fault = False, True


class _Folder:
    def __init__(self, finding: TracedFinding) -> None:
        self.play = Play(finding.rule)
        self.names = finding.trace.names
        self.lines = finding.lines
        self.inside: dict[int, Step] = {}
        self.now: dict[tuple[int, int], Item] = {}
        self.last: dict[tuple[int, int], Item] = {}
        self.known: dict[tuple[int, int], Item] = {}
        self.descriptors: dict[tuple[int, int], Item] = {}
        self._fresh = 0

    def take(self, position: int, event: object) -> None:
        """Take one event."""
        play = self.play
        if isinstance(event, ProcessStarted):
            play.processes[event.process] = self.names[event.name]
            play.parents[event.process] = event.parent
        elif isinstance(event, ThreadStarted):
            play.threads[event.thread] = event.process
            self._fresh = event.thread
        elif isinstance(event, ObjectCreated):
            kind = play.kinds[event.object] = self.names[event.type]
            if kind == "thread" and self._fresh:
                play.own[event.object] = self._fresh
            self._fresh = 0
        elif isinstance(event, Entered):
            self._entered(position, event)
        elif isinstance(event, HandleOpened):
            self._opened(event)
        elif isinstance(event, HandleClosed):
            self._closed(event)
        elif isinstance(event, HandleMissed):
            self._missed(event)
        elif isinstance(event, DescriptorOpened):
            self._descriptor(event)
        elif isinstance(event, DescriptorMissed):
            step = self.inside.get(event.thread)
            if step is not None:
                step.fault = True
        elif isinstance(event, Listening):
            play.listening.add(event.object)
        elif isinstance(event, ConnectionOpened):
            play.connected.add(event.object)
        elif isinstance(event, AddressClaimed):
            play.claims[event.object] = (event.port, event.protocol == IPPROTO_TCP)

    def _entered(self, position: int, event: Entered) -> None:
        try:
            call = Call(event.call)
        except ValueError:
            call = Call.NONE
        step = Step(event.thread, call, event.first, self.lines.get(position, ""))
        self.inside[event.thread] = step
        self.play.steps.append(step)
        process = self.play.threads.get(event.thread, 0)
        if call is Call.CRT_CLOSE:
            step.descriptor = event.first
            step.about = self.descriptors.get((process, event.first))
            return
        key = (process, event.first)
        if call is Call.ENDTHREAD:
            own = [item for each in self.play.steps for item in each.opens if item.kind == "thread"]
            step.about = next((item for item in own if self.play.own.get(item.object) == event.thread), None)
            if step.about is not None and self.now.get(key) is not step.about:
                self._at_fault(step)
            return
        now, known = self.now.get(key), self.known.get((event.thread, event.first))
        if now is None:
            return
        learns = not step.text.startswith("close") and call is not Call.CLOSEHANDLE
        if known is None or known is now or (learns and self.play.rule != "stale-use"):
            step.about = self.known[event.thread, event.first] = now
        else:
            step.about = known
            self._at_fault(step)

    def _at_fault(self, step: Step) -> None:
        step.fault = not any(other.fault for other in self.play.steps)

    def _opened(self, event: HandleOpened) -> None:
        kind = self.play.kinds.get(event.object, "object")
        name = f"{'socket' if kind == 'endpoint' else kind.replace(' ', '_')}{event.object}"
        taken = {item.name for step in self.play.steps for item in step.opens}
        if name in taken:
            name += f"_{sum(each.startswith(name) for each in taken) + 1}"
        item = Item(name, event.object, kind, event.process, event.thread, Origin(event.origin))
        self.now[event.process, event.handle] = item
        if self.play.threads.get(event.thread) == event.process and item.origin is not Origin.SYSTEM:
            self.known[event.thread, event.handle] = item
        step = self.inside.get(event.thread)
        if step is not None:
            step.opens.append(item)

    def _closed(self, event: HandleClosed) -> None:
        key = (event.process, event.handle)
        item = self.now.pop(key, None)
        if item is not None:
            self.last[key] = item
        step = self.inside.get(event.thread)
        if step is None or event.call == Call.PROCESS_EXIT:
            return
        step.closes = True
        if step.about is None:
            step.about = item
        if item is not None and step.about is item:
            self.known[event.thread, event.handle] = item

    def _missed(self, event: HandleMissed) -> None:
        step = self.inside.get(event.thread)
        if step is None:
            return
        known = self.known.get((event.thread, event.handle))
        step.about = step.about or known or self.last.get((event.process, event.handle))
        self._at_fault(step)

    def _descriptor(self, event: DescriptorOpened) -> None:
        step = self.inside.get(event.thread)
        item = self.now.get((event.process, event.handle))
        if step is not None and item is not None:
            step.descriptor = event.descriptor
            step.about = item
            self.descriptors[event.process, event.descriptor] = item

"""The object manager: opens, closes, duplicates and inherits handles, and records each.

Every lookup by number that fails is recorded with what the number means instead, because a rule about stale
handles must know whose object it nearly was.  Microsoft: "Handles and Objects"; statuses as NtClose and
NtDuplicateObject give them.
"""

from typing import TYPE_CHECKING

from notsock.objects.kernel_object import KernelObject
from notsock.trace.events import (
    HandleClosed,
    HandleMissed,
    HandleOpened,
    ObjectCreated,
    ObjectEnded,
    Origin,
)
from notsock.trace.stacks import capture
from notsock.values import status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notsock.executive.executive import Executive
    from notsock.objects.process import Process
    from notsock.trace.recorder import Stack

_OPENED, _CLOSED, _MISSED = HandleOpened.kind, HandleClosed.kind, HandleMissed.kind
_CREATED, _ENDED = ObjectCreated.kind, ObjectEnded.kind


class ObjectManager:
    """The handles of every process of a run; ``last`` is the number of the newest object."""

    __slots__ = ("_executive", "_recorder", "last")

    def __init__(self, executive: "Executive") -> None:
        self._executive = executive
        self._recorder = executive.recorder
        self.last = 0

    def ident(self) -> int:
        """Return a number for a new object."""
        self.last += 1
        return self.last

    def created(self, thing: KernelObject, process: "Process | None") -> None:
        """Record that an object came to be."""
        owner = process.ident if process is not None else 0
        self._executive.log((_CREATED, thing.ident, self._recorder.name(thing.type), owner))

    def open(
        self, process: "Process", thing: KernelObject, origin: Origin = Origin.CREATED, inheritable: bool = False
    ) -> int:
        """Give ``process`` a handle to ``thing``; return its number."""
        table = process.table
        number = table.allocate(thing)
        thing.handles += 1
        if inheritable:
            table.inheritable.add(number)
        self._note_opened(process, number, thing, origin)
        return number

    def create(self, process: "Process", thing: KernelObject, inheritable: bool = False) -> int:
        """Record a new object and give ``process`` the first handle to it."""
        self.created(thing, process)
        return self.open(process, thing, Origin.CREATED, inheritable)

    def _note_opened(self, process: "Process", number: int, thing: KernelObject, origin: Origin) -> None:
        executive, recorder = self._executive, self._recorder
        recorder.stacks[recorder.base + len(recorder.flat)] = capture()
        executive.log((_OPENED, executive.current.ident, process.ident, number, thing.ident, origin))

    def close(self, process: "Process", number: int, call: int) -> int:
        """Close a handle by its number, as NtClose does; return an NTSTATUS value."""
        table = process.table
        if number not in table.objects:
            number = table.real(number)
            if number not in table.objects:
                self.missed(process, number, None, call)
                return status.INVALID_HANDLE
        if number in table.protected:
            return status.INVALID_HANDLE
        self._release(process, number, call, capture())
        return status.SUCCESS

    def _release(self, process: "Process", number: int, call: int, stack: "Stack") -> None:
        thing = process.table.release(number)
        thing.handles -= 1
        executive, recorder = self._executive, self._recorder
        recorder.stacks[recorder.base + len(recorder.flat)] = stack
        executive.log(
            (_CLOSED, executive.current.ident, process.ident, number, thing.ident, call, thing.handles)
        )
        if thing.handles == 0 and thing.closed_last(process, call):
            self.ended(thing)

    def ended(self, thing: KernelObject) -> None:
        """Record that an object was torn down."""
        self._executive.log((_ENDED, thing.ident))

    def missed(self, process: "Process", number: int, instead: KernelObject | None, call: int) -> None:
        """Record that ``call`` named a number which is free, or means ``instead``."""
        executive, recorder = self._executive, self._recorder
        recorder.stacks[recorder.base + len(recorder.flat)] = capture()
        executive.log(
            (_MISSED, executive.current.ident, process.ident, number, instead.ident if instead else 0, call)
        )

    def find(
        self, process: "Process", number: int, wanted: type | tuple[type, ...], call: int
    ) -> KernelObject | int:
        """Return the object of type ``wanted`` that a number means, or the NTSTATUS of why there is none."""
        objects = process.table.objects
        thing = objects.get(number)
        if thing is None:
            thing = objects.get(process.table.real(number))
        if isinstance(thing, wanted):
            return thing  # type: ignore[return-value]
        self.missed(process, number, thing, call)
        return status.INVALID_HANDLE if thing is None else status.OBJECT_TYPE_MISMATCH

    def duplicate(
        self, source: "Process", number: int, target: "Process", inheritable: bool, origin: Origin, call: int
    ) -> int:
        """Give ``target`` a handle of its own to the object; return its number, or 0 (recorded as missed)."""
        thing = source.table.objects.get(source.table.real(number))
        if thing is None:
            self.missed(source, number, None, call)
            return 0
        return self.open(target, thing, origin, inheritable)

    def inherit(self, parent: "Process", child: "Process", only: "Iterable[int] | None" = None) -> None:
        """Give a new process the handles that its parent marked inheritable, under the same numbers.

        ``only`` narrows them down to a list of the parent's choice.
        """
        chosen = parent.table.inheritable if only is None else parent.table.inheritable.intersection(only)
        for number in sorted(chosen):
            thing = parent.table.objects[number]
            self.place(child, number, thing, Origin.INHERITED)
            child.table.inheritable.add(number)

    def place(self, process: "Process", number: int, thing: KernelObject, origin: Origin) -> None:
        """Give ``process`` a handle of a given number."""
        process.table.place(number, thing)
        thing.handles += 1
        self._note_opened(process, number, thing, origin)

    def close_all(self, process: "Process", call: int) -> None:
        """Close every handle of a process that ends, in the order of their numbers, protected ones too."""
        stack = capture()
        for number in sorted(process.table.objects):
            self._release(process, number, call, stack)

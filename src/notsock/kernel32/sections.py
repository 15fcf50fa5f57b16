"""kernel32's calls on sections (file mappings): memory shared by name.  Microsoft: "Creating Named Shared Memory".

Reading and writing the memory is no call, so no other thread runs in between; what two processes do to it without a
lock changes places only where they call something else.
"""

from typing import TYPE_CHECKING

from notsock.objects.section import Section
from notsock.trace.calls import Call
from notsock.trace.events import Origin
from notsock.values.errors import (
    ERROR_ACCESS_DENIED,
    ERROR_ALREADY_EXISTS,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_PARAMETER,
)

if TYPE_CHECKING:
    from notsock.kernel32.kernel32 import Kernel32


class SectionCalls:
    """The calls of one process; :class:`notsock.kernel32.kernel32.Kernel32` offers them as its own."""

    def __init__(self, kernel32: "Kernel32") -> None:
        self._kernel32 = kernel32
        self.process = kernel32.process
        self.executive = kernel32.executive
        self.manager = kernel32.manager
        self._names: dict[str, Section] = self.process.machine.sections

    def _fail(self, call: int, code: int) -> int:
        self.executive.current.last_error = code
        self.executive.leave(call, 0, code)
        return 0

    def CreateFileMapping(self, size: int, name: str | None = None) -> int:  # noqa: N802
        """Return a handle to a section without a file; the last error is 183 when the name meant one already."""
        call = Call.CREATEFILEMAPPING
        self.executive.enter(call, size & 0x7FFFFFFF)
        known = self._names.get(name) if name is not None else None
        if known is None and size <= 0:
            return self._fail(call, ERROR_INVALID_PARAMETER)
        self.executive.current.last_error = 0 if known is None else ERROR_ALREADY_EXISTS
        if known is None:
            made = Section(self.manager.ident(), self._names, name, size)
            number: int = self.manager.create(self.process, made)
        else:
            number = self.manager.open(self.process, known)
        self.executive.leave(call, number, self.executive.current.last_error)
        return number

    def OpenFileMapping(self, name: str) -> int:  # noqa: N802
        """Return a handle to the section of a name; 0 and 2 when there is none."""
        call = Call.OPENFILEMAPPING
        self.executive.enter(call)
        known = self._names.get(name)
        if known is None:
            return self._fail(call, ERROR_FILE_NOT_FOUND)
        number: int = self.manager.open(self.process, known)
        self.executive.leave(call, number)
        return number

    def MapViewOfFile(self, handle: int, size: int = 0) -> int:  # noqa: N802
        """Map a section; return a number for the view, which keeps the section: 0 and 5 where it is smaller."""
        section = self._kernel32._find(handle, Section, Call.NONE)
        if not isinstance(section, Section):
            return 0
        if size > section.size:
            self.executive.current.last_error = ERROR_ACCESS_DENIED
            return 0
        number: int = self.manager.open(self.process, section, Origin.SYSTEM)
        return number

    def UnmapViewOfFile(self, view: int) -> bool:  # noqa: N802
        """Give a view up."""
        if self.section(view) is None:
            self.executive.current.last_error = ERROR_INVALID_PARAMETER
            return False
        self.manager.close(self.process, view, Call.NONE)
        return True

    def section(self, view: int) -> Section | None:
        """Return what a view shows."""
        found = self.process.table.objects.get(view)
        return found if isinstance(found, Section) else None

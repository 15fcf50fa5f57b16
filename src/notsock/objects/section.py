"""A section: memory that several processes map, found by its name (Windows' file mapping without a file).

The memory is the real machine's, in an unlinked file of no file system, so that the programs' own buffers (memory
views, arrays of ctypes) can lie in it; no other process of the real machine sees it.
"""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from notsock.objects.kernel_object import KernelObject

if TYPE_CHECKING:
    from notsock.objects.process import Process

PAGE = 4096


class Section(KernelObject):
    """``size`` is in bytes, whole pages; ``descriptor`` is the real one of its memory."""

    __slots__ = ("descriptor", "name", "names", "size")

    type = "section"

    def __init__(self, ident: int, names: "dict[str, Section]", name: str | None, size: int) -> None:
        super().__init__(ident)
        self.size = (size + PAGE - 1) // PAGE * PAGE
        self.name = name
        self.names = names
        self.descriptor = os.memfd_create("notsock-section")
        os.truncate(self.descriptor, self.size)
        if name is not None:
            names[name] = self

    def closed_last(self, process: "Process", call: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """Forget the name; the memory goes with the last buffer in it."""
        if self.name is not None and self.names.get(self.name) is self:
            del self.names[self.name]
        self._release()
        return True

    def _release(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def __del__(self) -> None:
        """Let a run that was cut off leave nothing open."""
        self._release()

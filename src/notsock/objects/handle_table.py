"""A process's handle table: numbers that mean objects.

Numbers are multiples of four (NT keeps the two low bits for the program's own tags) and the most recently
freed number is handed out first, which is why a stale close so often finds somebody else's new object at once.
Wine's tests pin that order for kernel32 on real Windows; for NT 3.x and 4.0 it is inferred, for Windows 9x
conjectured.  A process begins with handles of its own start-up that no program touches; the table begins
behind them.
"""

from notsock.objects.kernel_object import KernelObject

FIRST_NUMBER = 0x64
STEP = 4


class HandleTable:
    """Numbers and the objects they mean; ``inheritable`` and ``protected`` hold the numbers so marked."""

    __slots__ = ("_free", "_next", "inheritable", "objects", "protected")

    def __init__(self) -> None:
        self.objects: dict[int, KernelObject] = {}
        self.inheritable: set[int] = set()
        self.protected: set[int] = set()
        self._free: list[int] = []
        self._next = FIRST_NUMBER

    def allocate(self, thing: KernelObject) -> int:
        """Return the number that now means ``thing``."""
        if self._free:
            number = self._free.pop()
        else:
            number = self._next
            self._next = number + STEP
        self.objects[number] = thing
        return number

    def place(self, number: int, thing: KernelObject) -> None:
        """Let a given number mean ``thing``, as inheritance does (the child's numbers are the parent's)."""
        self.objects[number] = thing
        if number in self._free:
            self._free.remove(number)
        while self._next <= number:
            if self._next != number:
                self._free.insert(0, self._next)
            self._next += STEP

    def release(self, number: int) -> KernelObject:
        """Free a number; return what it meant."""
        thing = self.objects.pop(number)
        self._free.append(number)
        if self.inheritable:
            self.inheritable.discard(number)
        if self.protected:
            self.protected.discard(number)
        return thing

    def real(self, number: int) -> int:
        """Return the number without the two bits that are the program's own."""
        return number & ~(STEP - 1)

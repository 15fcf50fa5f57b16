"""A wait that no thread makes: when an object is signalled, or time is up, a callback is called, once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from notsock.values.durations import NEVER

if TYPE_CHECKING:
    from notsock.executive.executive import Executive
    from notsock.objects.kernel_object import KernelObject, Waitable


class RegisteredWait:
    """One such wait, from its registration to its callback, or until it is given up.

    ``touches`` is the object that the callback acts on, None where nobody has said which.
    """

    __slots__ = ("_callback", "_deadline", "_object", "touches")

    def __init__(
        self, executive: "Executive", thing: "Waitable", callback: Callable[[bool], None], deadline_ns: int,
        touches: "KernelObject | None" = None,
    ) -> None:  # fmt: skip
        self.touches = touches
        self._object: Waitable | None = thing
        self._callback = callback
        self._deadline = deadline_ns
        if thing.signalled:
            self.signalled()
            return
        thing.registered = (*thing.registered, self)
        if deadline_ns != NEVER:
            executive.at(deadline_ns, self, None)

    def signalled(self) -> None:
        """The object is signalled."""
        thing = self._object
        if thing is not None:
            self.give_up()
            thing.consume()
            self._callback(False)

    @property
    def waits_for(self) -> "Waitable | None":
        """The object, None once nothing is waited for any more."""
        return self._object

    def give_up(self) -> None:
        """Call nothing any more."""
        thing, self._object = self._object, None
        if thing is not None:
            thing.registered = tuple(wait for wait in thing.registered if wait is not self)

    def overdue(self, _what: None, due_ns: int) -> int:
        """Say whether time may still be up."""
        return due_ns if self._object is not None else NEVER

    def fire(self, _what: None) -> None:
        """Time is up."""
        self.give_up()
        self._callback(True)

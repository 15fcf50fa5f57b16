"""The rule uncaught."""

from notsock.detect.case import Case, Words
from notsock.detect.finding import Severity
from notsock.trace.events import Raised
from notsock.values.errors import name_of


class Uncaught:
    """A thread ended with an exception that nobody caught.

    ## What it does
    Notes each thread whose function raised, and with which error.

    ## Why is this bad?
    It need not be, but under this schedule the thread did not finish its work; what it held is not given back.

    ## Example
    ```python
    def reader(connection):
        connection.recv(4096)      # raises ConnectionResetError when the peer resets
    ```

    ## What to change
    Catch what the network may raise where the thread can still clean up, and close what it holds in a `finally` or
    a `with`.
    """

    name = "uncaught"
    severity = Severity.NOTE
    article = None
    cwe = 248
    reads = (Raised,)

    def __init__(self, case: Case) -> None:
        self.case = case

    def raised(self, at: int, thread: int, type_name: int, error: int) -> None:
        """An exception ended a thread."""
        actor = self.case.world.threads.get(thread)
        name = actor.name if actor is not None else ""
        what = self.case.world.names[type_name]
        key = (what, error, *self.case.key((at, thread)))
        self.case.add(self, at, key, lambda: self._words(at, thread, name, what, error))

    def finish(self) -> None:
        """Nothing is left to the end."""

    def _words(self, at: int, thread: int, name: str, what: str, error: int) -> Words:
        code = f" {name_of(error)}" if error else ""
        last = self.case.timeline.call_at(thread, at)
        said = "it had made no call"
        if last is not None:
            said = f"its last call was {last}" + (f", which failed with {last.failure}" if last.error else "")
        return Words(
            f"{what}{code} ended {name}",
            f"thread {name}",
            None,
            [self.case.moment("raised here", at, thread)],
            said,
            "catch the error where the thread can still give back what it holds",
        )

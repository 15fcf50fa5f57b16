"""The one error of strategies: a run did not go as the choices made for it say."""


class Drift(Exception):  # noqa: N818 - what happened; whether it is an error depends on who asked
    """A run asked for another choice than the one recorded; the message names the first difference."""

    def __init__(self, number: int, expected: str, met: str) -> None:
        super().__init__(f"choice {number}: expected {expected}, the run has {met}")
        self.number = number
        self.expected = expected
        self.met = met

    def __reduce__(self) -> tuple[type["Drift"], tuple[int, str, str]]:
        return Drift, (self.number, self.expected, self.met)

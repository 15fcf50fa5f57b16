"""_random: a generator that asks the system for a seed gets one that follows from the run's own."""

import _random
from typing import Any


def build(view: Any) -> dict[str, Any]:
    class Random(_random.Random):
        __module__ = "_random"

        def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
            return super().__new__(cls, 0)  # type: ignore[call-arg]  # without a number it would ask the real system for one

        def __init__(self, *arguments: Any) -> None:  # `random.Random` has its own, and seeds itself there
            Random.seed(self, *arguments)

        def seed(self, a: Any = None, /) -> None:
            super().seed(int.from_bytes(view.entropy(32), "little") if a is None else a)

    return {"Random": Random}

"""_random: a generator that asks the system for a seed gets one that follows from the run's own."""

import _random
from typing import Any


def build(view: Any) -> dict[str, Any]:
    class Random(_random.Random):
        __module__ = "_random"

        def seed(self, a: Any = None, /) -> None:
            super().seed(int.from_bytes(view.entropy(32), "little") if a is None else a)

    return {"Random": Random}

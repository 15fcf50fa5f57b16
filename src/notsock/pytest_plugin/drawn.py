"""Hypothesis inside a simulated process: one example a run, whose data are verdicts of the run like any other.

So what is drawn is recorded and replayed with the schedule, a search varies both, and the shrinker makes both least: 0
stands for the simplest of everything.  The engine of Hypothesis itself is not used, since it would run a test many
times under one schedule, and again to see whether it fails again.  What ``@example`` gives stands beside what is drawn,
and settings without the phase ``generate`` leave nothing else.
"""

import inspect
import math
import sys
from typing import Any

BYTE = 256
_FLOATS = (0.0, 1.0, -1.0, 0.5, 1.5, 1e-9, 1e9, -1e9, 2.0**53, 1e308, -1e308, math.inf, -math.inf, math.nan)
_LENGTH_MAX = 12
"""Elements of a string beyond its least length."""


def choose(count: Any, chance: Any = 0) -> Any:
    """Return a verdict of the run below ``count``."""
    return sys._notsock_choose("number.data", count, chance)  # type: ignore[attr-defined]


def below(count: Any) -> Any:
    """Return a number below ``count``, small ones as likely as large ones."""
    bits = (count - 1).bit_length()
    value, left = 0, choose(bits + 1) if bits else 0
    while left > 0:
        take = min(left, 8)
        value = (value << take) | choose(1 << take)
        left -= take
    return value % count


def drawing() -> Any:
    """Return a provider of data for Hypothesis."""
    from hypothesis.internal.conjecture.providers import PrimitiveProvider  # noqa: PLC0415 - only who draws needs it

    class Drawn(PrimitiveProvider):
        """Draws what the run decides."""

        def draw_boolean(self, p: Any = 0.5) -> Any:
            if 0 < p < 1:
                return bool(choose(2, max(1, min(999, round(p * 1000)))))
            return p >= 1

        def draw_integer(
            self, min_value: Any = None, max_value: Any = None, *, weights: Any = None, shrink_towards: Any = 0
        ) -> Any:
            del weights
            origin = shrink_towards
            origin = origin if min_value is None else max(origin, min_value)
            origin = origin if max_value is None else min(origin, max_value)
            below_it = (1 << 64) if min_value is None else origin - min_value
            above_it = (1 << 64) if max_value is None else max_value - origin
            if below_it and (not above_it or choose(2)):
                return origin - below(below_it + 1)
            return origin + below(above_it + 1)

        def draw_float(
            self, *, min_value: Any = -math.inf, max_value: Any = math.inf, allow_nan: Any = True,
            smallest_nonzero_magnitude: Any,
        ) -> Any:  # fmt: skip
            kind = choose(3)
            if kind == 0:
                value = float(self.draw_integer(None, None))
            elif kind == 1:
                value = self.draw_integer(-(1 << 20), 1 << 20) / 1000
            else:
                value = _FLOATS[choose(len(_FLOATS))]
            if math.isnan(value):
                value = value if allow_nan else 0.0
            if 0 < abs(value) < smallest_nonzero_magnitude:
                value = 0.0
            return value if math.isnan(value) else min(max(value, min_value), max_value)

        def _length(self, min_size: Any, max_size: Any) -> Any:
            return min_size + choose(min(max_size - min_size, _LENGTH_MAX) + 1)

        def draw_string(self, intervals: Any, *, min_size: Any = 0, max_size: Any = 1 << 20) -> Any:
            if not len(intervals):
                return ""
            length = self._length(min_size, max_size)
            return "".join(intervals.char_in_shrink_order(below(len(intervals))) for _ in range(length))

        def draw_bytes(self, min_size: Any = 0, max_size: Any = 1 << 20) -> Any:
            return bytes(choose(BYTE) for _ in range(self._length(min_size, max_size)))

    return Drawn


def examples_of(wrapped: Any, test: Any) -> Any:
    """Return the arguments by name of each ``@example``, from the top; without names they are a test's last ones."""
    names = [
        each.name for each in inspect.signature(test).parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    found = []
    for example in reversed(getattr(wrapped, "hypothesis_explicit_examples", ())):
        unnamed = zip(names[len(names) - len(example.args) :], example.args, strict=True)
        found.append(dict(unnamed) | dict(example.kwargs))
    return found


def generates(wrapped: Any) -> Any:
    """Say whether a test's settings let data be drawn."""
    settings = getattr(wrapped, "_hypothesis_internal_use_settings", None)
    return settings is None or any(phase.name == "generate" for phase in settings.phases)


def with_data(item: Any) -> None:
    """Have a ``@given`` test called once, with data that the run decides."""
    wrapped = item.obj
    given = wrapped.hypothesis
    strategies = given._given_kwargs
    examples = examples_of(wrapped, given.inner_test)
    drawing_too = generates(wrapped) or not examples
    bound = () if getattr(wrapped, "__self__", None) is None else (wrapped.__self__,)

    def once(**fixtures: Any) -> Any:
        __tracebackhide__ = True
        test = given.inner_test  # asked for now: whoever runs coroutines puts a plain function there
        if inspect.iscoroutinefunction(test):
            return wrapped(**fixtures)  # nobody does: Hypothesis says so
        from hypothesis.control import BuildContext  # noqa: PLC0415
        from hypothesis.errors import StopTest, UnsatisfiedAssumption  # noqa: PLC0415
        from hypothesis.internal.conjecture.data import ConjectureData  # noqa: PLC0415

        data = ConjectureData(random=None, provider=drawing())
        number = choose(len(examples) + drawing_too) if examples else 0
        try:
            with BuildContext(data, is_final=True, wrapped_test=test):
                if drawing_too and not number:
                    drawn = {name: data.draw(strategy) for name, strategy in strategies.items()}
                else:
                    drawn = examples[number - drawing_too]
                said = ", ".join(f"{name}={value!r}" for name, value in drawn.items())
                sys.stdout.write(f"Falsifying example: {item.originalname}({said})\n")
                test(*bound, **fixtures, **drawn)
        except (StopTest, UnsatisfiedAssumption):
            pass
        return None

    once.hypothesis = given  # type: ignore[attr-defined]
    item.obj = once

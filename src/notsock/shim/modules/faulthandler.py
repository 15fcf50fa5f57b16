"""faulthandler: accepts what programs ask at their start; there are no real faults to handle here."""

from typing import Any


def build(view: Any) -> dict[str, Any]:
    state = {"enabled": False}

    def enable(file: Any = None, all_threads: bool = True, **_named: Any) -> None:
        state["enabled"] = True

    def disable() -> bool:
        was, state["enabled"] = state["enabled"], False
        return was

    def nothing(*_arguments: Any, **_named: Any) -> None:
        """Accept and do nothing."""

    return {
        "enable": enable,
        "disable": disable,
        "is_enabled": lambda: state["enabled"],
        "dump_traceback": nothing,
        "dump_traceback_later": nothing,
        "cancel_dump_traceback_later": nothing,
    }

"""time on virtual time: the wall clock begins at one fixed moment, the zone is UTC.

Reading a clock is a glance, which moves it a little, so that a loop that waits for a moment gets there; while a
module is being imported it does not, so that a trace does not depend on which schedule imported it.
"""

import time as real
from typing import Any

from notsock.shim.epoch import WALL_START_NS
from notsock.shim.here import here
from notsock.shim.seconds import nanoseconds
from notsock.shim.threads import current
from notsock.trace.calls import Call
from notsock.values.durations import MILLISECOND, SECOND

UPTIME_NS = 100 * SECOND
"""The machine came up this long before the run: monotonic clocks do not begin at 0."""

_TICK = 1e-07
_SLEEP = int(Call.SLEEP)


class _Info:
    """What get_clock_info returns."""

    def __init__(self, implementation: str, *, monotonic: bool, adjustable: bool) -> None:
        self.implementation = implementation
        self.monotonic = monotonic
        self.adjustable = adjustable
        self.resolution = _TICK

    def __repr__(self) -> str:
        return (
            f"namespace(implementation={self.implementation!r}, monotonic={self.monotonic}, "
            f"adjustable={self.adjustable}, resolution={self.resolution})"
        )


_CLOCKS = {
    "time": _Info("GetSystemTimeAsFileTime()", monotonic=False, adjustable=True),
    "monotonic": _Info("GetTickCount64()", monotonic=True, adjustable=False),
    "perf_counter": _Info("QueryPerformanceCounter()", monotonic=True, adjustable=False),
    "process_time": _Info("GetProcessTimes()", monotonic=True, adjustable=False),
    "thread_time": _Info("GetThreadTimes()", monotonic=True, adjustable=False),
}


def _now() -> int:
    executive = here.executive
    return executive.moment() if here.view.is_importing() else executive.glance()


def time() -> float:
    return (_now() + WALL_START_NS) / SECOND


def time_ns() -> int:
    return _now() + WALL_START_NS


def monotonic() -> float:
    executive = here.executive  # _now, written out: an event loop asks once a round
    record = here.view.of_thread.get(executive.current.ident)
    if record is None or record.importing:
        return (_now() + UPTIME_NS) / SECOND
    return (executive.glance() + UPTIME_NS) / SECOND


def monotonic_ns() -> int:
    return _now() + UPTIME_NS


def process_time() -> float:
    return _now() / SECOND


def process_time_ns() -> int:
    return _now()


def sleep(seconds: float, /) -> None:
    ns = nanoseconds(seconds)
    if ns < 0:
        raise ValueError("sleep length must be non-negative")
    executive = here.executive
    view = here.view
    deadline = executive.moment() + ns
    while True:
        executive.enter(_SLEEP, 0, ns // MILLISECOND)
        if ns:
            mine = current() is view.main_thread
            if mine:
                view.sleeper = executive.current
            woken = executive.wait(deadline)
            if mine:
                view.sleeper = None
        else:
            woken = None
            executive.poll_failed()
        executive.leave(_SLEEP, 0)
        if view.tripped:
            view.run_signals()
        if woken is None:
            return
        ns = deadline - executive.moment()  # a signal came, and its handler returned (PEP 475)


def _wall_seconds() -> int:
    return (_now() + WALL_START_NS) // SECOND


def gmtime(seconds: float | None = None, /) -> real.struct_time:
    return real.gmtime(_wall_seconds() if seconds is None else seconds)


def localtime(seconds: float | None = None, /) -> real.struct_time:
    fields = real.gmtime(_wall_seconds() if seconds is None else seconds)
    return real.struct_time((*fields[:9], "UTC", 0))


def mktime(fields: Any, /) -> float:
    from_fields = (fields[0], fields[1], 1, fields[3], fields[4], fields[5], 0, 0, 0)
    return float(_timegm(from_fields) + (fields[2] - 1) * 86400)


def _timegm(fields: Any) -> int:
    """Return seconds since 1970 of a UTC date (the days-from-civil rule)."""
    year, month = fields[0] + (fields[1] - 1) // 12, (fields[1] - 1) % 12 + 1
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + fields[2] - 1
    days = era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
    return int(days * 86400 + fields[3] * 3600 + fields[4] * 60 + fields[5])


def asctime(fields: Any = None, /) -> str:
    return real.asctime(localtime() if fields is None else fields)


def ctime(seconds: float | None = None, /) -> str:
    return real.asctime(localtime(seconds))


def strftime(form: str, fields: Any = None, /) -> str:
    return real.strftime(form, localtime() if fields is None else fields)


def get_clock_info(name: str, /) -> _Info:
    try:
        return _CLOCKS[name]
    except KeyError:
        raise ValueError("unknown clock") from None


def build(view: Any) -> dict[str, Any]:
    def strptime(text: str, form: str = "%a %b %d %H:%M:%S %Y", /) -> Any:
        return view.import_module("_strptime")._strptime_time(text, form)

    return {
        "time": time,
        "time_ns": time_ns,
        "monotonic": monotonic,
        "monotonic_ns": monotonic_ns,
        "perf_counter": monotonic,
        "perf_counter_ns": monotonic_ns,
        "process_time": process_time,
        "process_time_ns": process_time_ns,
        "thread_time": process_time,
        "thread_time_ns": process_time_ns,
        "sleep": sleep,
        "gmtime": gmtime,
        "localtime": localtime,
        "mktime": mktime,
        "asctime": asctime,
        "ctime": ctime,
        "strftime": strftime,
        "strptime": strptime,
        "get_clock_info": get_clock_info,
        "struct_time": real.struct_time,
        "timezone": 0,
        "altzone": 0,
        "daylight": 0,
        "tzname": ("UTC", "UTC"),
        "_STRUCT_TM_ITEMS": 11,
    }

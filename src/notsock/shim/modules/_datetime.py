"""_datetime: the real C types, on the clock and in the zone of the current view.

Extensions in Rust and C take datetime's types from its capsule (``datetime_CAPI``), so a program that uses pydantic
needs the C module, with the very types that its own ``datetime`` has.  Those types belong to the whole interpreter.
The methods of theirs that ask the system for the time or the zone are therefore replaced, in the types
themselves, by ones that ask the view; while no view is current they do what they always did.

*Beats*: hiding the C module (pydantic's core panics), a subclass for each view (``type(x) is datetime`` fails for what
C makes), and LD_PRELOAD (which would move the host's clock too).
"""

import _datetime as real  # type: ignore[import-not-found]
import ctypes
import gc
from typing import Any

from notsock.shim.here import here

_date: Any = real.date
_moment: Any = real.datetime
_UTC: Any = real.timezone.utc
_EPOCH = _moment(1970, 1, 1, tzinfo=_UTC)
_before: dict[tuple[Any, str], Any] = {}


def _system(owner: Any, name: str, bound: Any) -> Any:
    """Return the C method itself, bound as it is called."""
    original = _before[owner, name]
    return original.__get__(None, bound) if isinstance(bound, type) else original.__get__(bound, owner)


def _now_in(cls: Any, zone: Any) -> Any:
    microseconds = here.view.import_module("time").time_ns() // 1000
    now = _EPOCH + real.timedelta(microseconds=microseconds)
    if zone is not None:
        now = now.astimezone(zone)
    fold = {"fold": now.fold} if now.fold else {}
    return cls(now.year, now.month, now.day, now.hour, now.minute, now.second, now.microsecond, now.tzinfo, **fold)


def _now(cls: Any, tz: Any = None) -> Any:
    if here.view is None or not (tz is None or isinstance(tz, real.tzinfo)):
        return _system(_moment, "now", cls)(tz)
    return _now_in(cls, _UTC).replace(tzinfo=None) if tz is None else _now_in(cls, tz)


def _utcnow(cls: Any) -> Any:
    answer = _system(_moment, "utcnow", cls)()  # asked in any case: from 3.12 on it warns
    return answer if here.view is None else _now_in(cls, _UTC).replace(tzinfo=None)


def _fromtimestamp(cls: Any, timestamp: Any, tz: Any = None) -> Any:
    convert = _system(_moment, "fromtimestamp", cls)
    if here.view is None or tz is not None:
        return convert(timestamp, tz)
    return convert(timestamp, _UTC).replace(tzinfo=None)


def _date_fromtimestamp(cls: Any, timestamp: Any, /) -> Any:
    if here.view is None:
        return _system(_date, "fromtimestamp", cls)(timestamp)
    found = _moment.fromtimestamp(timestamp, _UTC)
    return cls(found.year, found.month, found.day)


def _timestamp(self: Any) -> float:
    if here.view is not None and self.tzinfo is None:
        self = self.replace(tzinfo=_UTC)
    return float(_system(_moment, "timestamp", self)())


def _astimezone(self: Any, tz: Any = None) -> Any:
    if here.view is None:
        return _system(_moment, "astimezone", self)(tz)
    if self.tzinfo is None:
        self = self.replace(tzinfo=_UTC)
    return _system(_moment, "astimezone", self)(_LOCAL if tz is None else tz)


def _strptime(cls: Any, text: Any, form: Any, /) -> Any:
    """Parse with the view's own ``_strptime``; C keeps the first that it sees."""
    if here.view is None:
        return _system(_moment, "strptime", cls)(text, form)
    return here.view.import_module("_strptime")._strptime_datetime(cls, text, form)


_LOCAL = real.timezone(real.timedelta(0), "UTC")
"""The zone of every machine."""


def _take_clock() -> None:
    """Replace the methods, once in an interpreter."""
    _replace(_moment, "now", classmethod(_now))
    _replace(_moment, "utcnow", classmethod(_utcnow))
    _replace(_moment, "fromtimestamp", classmethod(_fromtimestamp))
    _replace(_moment, "strptime", classmethod(_strptime))
    _replace(_moment, "timestamp", _timestamp)
    _replace(_moment, "astimezone", _astimezone)
    _replace(_date, "fromtimestamp", classmethod(_date_fromtimestamp))


def _replace(owner: Any, name: str, method: Any) -> None:
    """Put a method into a type of C's, whose namespace only C can write."""
    (namespace,) = (thing for thing in gc.get_referents(owner.__dict__) if isinstance(thing, dict))
    _before[owner, name] = namespace[name]
    namespace[name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))


def build(_view: Any) -> dict[str, Any]:
    if not _before:
        _take_clock()
    return {name: value for name, value in vars(real).items() if not name.startswith("__")}

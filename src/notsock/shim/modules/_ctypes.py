"""_ctypes: C types and memory are the real module's; DLLs and their functions are those of the simulated Windows.

``windll.kernel32.CloseHandle`` is a :class:`DllFunction`, which turns its arguments into integers and calls what
:mod:`notsock.shim.dlls` has under that name.  A function pointer made from an address (``ctypes`` has some of its
own: memmove, string_at) is a real one.
"""

import _ctypes
import ctypes
from typing import Any

from notsock.shim import dlls
from notsock.shim.here import here
from notsock.shim.winerror import from_winerror
from notsock.values import errors

FUNCFLAG_STDCALL = 0
_MODULE_SIZE = 1 << 20
"""How far apart modules lie in memory: their handles are their addresses."""
_Simple: Any = _ctypes._SimpleCData
_CArgument: Any = type(ctypes.byref(ctypes.c_int()))
_POINTERS = "zZPO"
"""Type codes of simple types whose value is an address."""


class DllFunction:
    """A function of a DLL, as ``ctypes`` hands it out: with ``argtypes``, ``restype`` and ``errcheck``."""

    def __init__(self, name: str, function: dlls.Function, restype: Any, argtypes: Any) -> None:
        self.__name__ = name
        self._function = function
        self.restype = restype
        self.argtypes = argtypes
        self.errcheck: Any = None

    def __call__(self, *arguments: Any) -> Any:
        kept: list[Any] = []
        kinds = self.argtypes or ()
        if len(arguments) < len(kinds):
            text = f"this function takes at least {len(kinds)} arguments ({len(arguments)} given)"
            raise TypeError(text)
        given = [_converted(kind, value) for kind, value in zip(kinds, arguments, strict=False)]
        numbers = [_number(value, kept) for value in (*given, *arguments[len(given) :])]
        here.view.arguments = kept, arguments
        result = _result(self.restype, self._function(*numbers))
        return self.errcheck(result, self, arguments) if self.errcheck is not None else result

    def __repr__(self) -> str:
        return f"<_FuncPtr object {self.__name__}>"


def _converted(kind: Any, value: Any) -> Any:
    """Return an argument as its type in ``argtypes`` takes it; raise ArgumentError where it does not."""
    try:
        taken = kind.from_param(value)
    except TypeError as error:
        raise ctypes.ArgumentError(f"wrong type: {error}") from None
    if not isinstance(taken, _CArgument):
        return taken
    if isinstance(kind, type) and issubclass(kind, _Simple) and kind._type_ not in _POINTERS:  # type: ignore[attr-defined]
        return value if isinstance(value, _Simple) else kind(value)
    return value


def _number(value: Any, kept: list[Any]) -> int:
    """Return what C would see of an argument; what must live as long as the call goes to ``kept``."""
    text = value.value if isinstance(value, _Simple) and value._type_ == "Z" else value
    if isinstance(text, str):
        return ctypes.addressof(_keep(kept, ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))))
    if value is None:
        return 0
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return ctypes.addressof(_keep(kept, ctypes.create_string_buffer(value)))
    if isinstance(value, _Simple):
        if value._type_ in _POINTERS:
            return ctypes.cast(value, ctypes.c_void_p).value or 0
        return int(value.value)
    if hasattr(value, "_as_parameter_"):
        return _number(value._as_parameter_, kept)
    try:
        return ctypes.cast(value, ctypes.c_void_p).value or 0
    except (TypeError, ctypes.ArgumentError):
        raise ctypes.ArgumentError(f"Don't know how to convert parameter {value!r}") from None


def _keep(kept: list[Any], value: Any) -> Any:
    kept.append(value)
    return value


def _result(restype: Any, value: int) -> Any:
    """Return a function's integer as its ``restype`` says."""
    if restype is None:
        return None
    if isinstance(restype, type) and issubclass(restype, _Simple):
        made: Any = restype.from_buffer_copy(  # type: ignore[attr-defined]
            value.to_bytes(16, "little", signed=value < 0))
        check = getattr(restype, "_check_retval_", None)
        if check is not None:
            return check(made.value)
        return made.value if restype.__bases__ == (_Simple,) else made
    if isinstance(restype, type) and issubclass(restype, _ctypes._Pointer):
        return ctypes.cast(value, restype)
    return restype(ctypes.c_int(value).value)


def build(view: Any) -> dict[str, Any]:
    handles: dict[int, dlls.Library] = {view.sys.dllhandle: dlls.Library(view, dlls.PYTHON_DLL)}

    class CFuncPtr(_ctypes.CFuncPtr):  # type: ignore[misc, valid-type, unused-ignore]
        """The base of every function type; one that names a DLL's function makes a :class:`DllFunction`."""

        _flags_ = _ctypes.FUNCFLAG_CDECL

        def __new__(cls, *arguments: Any) -> Any:
            first = arguments[0] if arguments else None
            if not isinstance(first, tuple):
                return super().__new__(cls, *arguments)
            name, dll = first
            library = handles.get(dll._handle)
            if library is None or isinstance(name, int):
                raise AttributeError(f"function {name!r} not found")
            text = name.decode() if isinstance(name, bytes) else name
            return DllFunction(text, library.function(text), cls._restype_, getattr(cls, "_argtypes_", None))

        _restype_ = ctypes.c_int

    def load(name: Any, flags: int = 0, /) -> int:
        del flags
        library = dlls.library_of(view, str(name))
        if library is None:
            raise FileNotFoundError(
                f"Could not find module '{name}' (or one of its dependencies). "
                "Try using the full path with constructor syntax."
            )
        for handle, known in handles.items():
            if known is library:
                return handle
        handle = view.sys.dllhandle + _MODULE_SIZE * len(handles)
        handles[handle] = library
        return int(handle)

    def pointer_type(kind: Any, /) -> Any:
        found = cache.get(kind)
        if found is None:
            if isinstance(kind, str):
                found = type(f"LP_{kind}", (_ctypes._Pointer,), {})
                cache[id(found)] = found
                return found
            made = "c_void_p" if kind is None else kind.__name__
            found = cache[kind] = type(f"LP_{made}", (_ctypes._Pointer,), {"_type_": kind})
        return found

    def set_last_error(code: int, /) -> int:
        thread = here.executive.current
        before, thread.last_error = thread.last_error, code
        return int(before)

    def check_result(value: int, /) -> int:
        if value < 0:
            raise from_winerror(value & 0xFFFFFFFF)
        return value

    cache: dict[Any, Any] = {None: ctypes.c_void_p}
    real = {
        name: value for name, value in vars(_ctypes).items() if name not in {"dlopen", "dlclose", "dlsym", "dladdr"}
    }
    return {
        **real,
        "CFuncPtr": CFuncPtr,
        "COMError": type("COMError", (Exception,), {}),
        "FUNCFLAG_HRESULT": 2,
        "FUNCFLAG_STDCALL": FUNCFLAG_STDCALL,
        "FormatError": lambda code=None: errors.text_of(here.executive.current.last_error if code is None else code),
        "FreeLibrary": lambda handle: None,
        "LoadLibrary": load,
        "POINTER": pointer_type,
        "_check_HRESULT": check_result,
        "_pointer_type_cache": cache,
        "get_last_error": lambda: int(here.executive.current.last_error),
        "pointer": lambda thing: pointer_type(type(thing))(thing),
        "set_last_error": set_last_error,
    }

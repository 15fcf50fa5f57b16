"""_cffi_backend: C types and memory are the real module's, DLLs are those of the simulated Windows.

A C ``long`` has four bytes on Windows.  Types that a package was compiled with (``_types`` of an out-of-line
module, in cffi's published opcodes) are rewritten so before the real module sees them.
"""

from collections.abc import Callable
from typing import Any

from notsock.shim import dlls
from notsock.shim.here import here
from notsock.values import errors

_OP_PRIMITIVE, _OP_POINTER, _OP_NOOP, _OP_DLOPEN_FUNC = 1, 3, 17, 35
_PRIMITIVE_VOID, _PRIMITIVE_INT, _PRIMITIVE_UINT, _PRIMITIVE_LONG, _PRIMITIVE_ULONG = 0, 7, 8, 9, 10
_WINDOWS = {_PRIMITIVE_LONG: _PRIMITIVE_INT, _PRIMITIVE_ULONG: _PRIMITIVE_UINT}
_NAMES = {"long": "int", "unsigned long": "unsigned int"}


def _words(types: bytes) -> list[int]:
    return [int.from_bytes(types[place : place + 4], "big") for place in range(0, len(types), 4)]


def _windows_types(types: bytes) -> bytes:
    """Return a table of types in which every long is an int."""
    found = bytearray()
    for word in _words(types):
        kind, argument = word & 0xFF, word >> 8
        if kind == _OP_PRIMITIVE:
            argument = _WINDOWS.get(argument, argument)
        found += (argument << 8 | kind).to_bytes(4, "big")
    return bytes(found)


class _Result:
    """What a function declared in a table of types returns: void, a pointer, or an int with or without sign."""

    __slots__ = ("pointer", "signed", "void")

    def __init__(self, words: list[int], function: int) -> None:
        word = words[words[function] >> 8]
        while word & 0xFF == _OP_NOOP:
            word = words[word >> 8]
        self.pointer = word & 0xFF == _OP_POINTER
        self.void = word == _OP_PRIMITIVE | _PRIMITIVE_VOID << 8
        self.signed = word >> 8 == _PRIMITIVE_INT

    def of(self, ffi: Any, value: int) -> Any:
        """Return a function's integer as the program gets it."""
        if self.void:
            return None
        if self.pointer:
            return ffi.cast("void *", value)
        value &= 0xFFFFFFFF
        return value - (1 << 32) if self.signed and value >> 31 else value


class DllLibrary:
    """What ``ffi.dlopen`` returns: a DLL's functions, as far as the package has declared them."""

    def __init__(self, library: dlls.Library, ffi: Any, results: dict[str, _Result]) -> None:
        self._library = library
        self._ffi = ffi
        self._results = results

    def __getattr__(self, name: str) -> Any:
        result = self._results.get(name)
        if result is None:
            raise AttributeError(name)
        ffi = self._ffi
        called = _caller(self._library.function(name), ffi.cast, "intptr_t")

        def function(*arguments: Any) -> Any:
            return result.of(ffi, called(arguments))

        function.__name__ = function.__qualname__ = name
        self.__dict__[name] = function
        return function

    def __dir__(self) -> list[str]:
        return sorted(self._results)


def _caller(function: dlls.Function, cast: Any, address: Any) -> Callable[[tuple[Any, ...]], int]:
    """Return a function that is called with cffi's arguments: their memory lives as long as a request needs it."""

    def call(arguments: tuple[Any, ...]) -> int:
        here.view.arguments = arguments
        return function(*(value if value.__class__ is int else int(cast(address, value)) for value in arguments))

    return call


def build(view: Any) -> dict[str, Any]:
    real: Any = view.from_host("_cffi_backend")
    if real is None:
        raise ModuleNotFoundError("No module named '_cffi_backend'", name="_cffi_backend")

    def opened(name: str) -> dlls.Library:
        library = dlls.library_of(view, name)
        if library is None:
            raise OSError(f"cannot load library '{name}': error 0x7e")
        return library

    def win_error(code: int = -1) -> tuple[int, str]:
        number = here.executive.current.last_error if code == -1 else code
        return number, errors.text_of(number)

    class FFI(real.FFI):  # type: ignore[misc, name-defined, unused-ignore]
        """``cffi``'s own, but for what it loads."""

        def __new__(cls, module_name: str = "?", **tables: Any) -> Any:
            return super().__new__(cls, module_name, **_in_windows_sizes(tables))

        def __init__(self, module_name: str = "?", **tables: Any) -> None:
            super().__init__(module_name, **_in_windows_sizes(tables))
            words = _words(tables.get("_types", b""))
            self._results = {
                entry[4:].decode(): _Result(words, int.from_bytes(entry[:3], "big"))
                for entry in tables.get("_globals", ())[::2]
                if entry[3] == _OP_DLOPEN_FUNC
            }

        def dlopen(self, name: Any, flags: int = 0) -> DllLibrary:
            """Return a DLL of the simulated Windows."""
            del flags
            return DllLibrary(opened(str(name)), self, self._results)

        def dlclose(self, library: Any) -> None:
            """Do nothing: the DLL stays."""

        def getwinerror(self, code: int = -1) -> tuple[int, str]:
            """Return (code, text) of the last error, or of a code."""
            return win_error(code)

    address = real.new_primitive_type("intptr_t")

    class Loaded:
        """What ``load_library`` returns to cffi's own Python: for packages that declare their functions there."""

        def __init__(self, library: dlls.Library) -> None:
            self.library = library

        def load_function(self, kind: Any, name: str) -> Any:
            called = _caller(self.library.function(name), real.cast, address)
            result = kind.result

            def function(*arguments: Any) -> Any:
                value = called(arguments)
                return None if result.kind == "void" else _plain(real, result, value)

            return function

        def close_lib(self) -> None:
            pass

    return {
        **{name: value for name, value in vars(real).items() if name not in {"__name__", "__spec__", "__loader__"}},
        "FFI": FFI,
        "getwinerror": win_error,
        "load_library": lambda name, flags=0: Loaded(opened(str(name))),
        "new_primitive_type": lambda name: real.new_primitive_type(_NAMES.get(name, name)),
    }


def _in_windows_sizes(tables: dict[str, Any]) -> dict[str, Any]:
    return {**tables, "_types": _windows_types(tables["_types"])} if "_types" in tables else tables


def _plain(backend: Any, kind: Any, value: int) -> Any:
    made = backend.cast(kind, value)
    return made if kind.kind == "pointer" else int(made)

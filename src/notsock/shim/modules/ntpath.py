"""ntpath: the rules of posixpath under Windows' name.

Decision: a simulated process sees the paths of the real file system as they are (``/home/me/file``), although
``os.name`` is ``nt``.  A program's own files and data must be found under the paths that its author's machine
has; drive letters would have to be invented for each of them, and nothing that this project detects depends on
how a path looks.  Backslashes and a drive letter are understood where a file is opened (``notsock.shim.disk``).
"""

import posixpath
from collections.abc import Callable
from functools import wraps
from typing import Any

_TAKE_PATHS = "basename commonpath dirname isabs join normpath relpath split splitdrive splitext splitroot".split()

_DEVICE = "\\\\.\\"
"""What the name of a pipe begins with, which nothing may spell otherwise (``multiprocessing`` looks for it)."""


def build(view: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__builtins__": view.builtins}
    view.run_host_source(posixpath, namespace)
    namespace.pop("__builtins__")
    namespace.update(defpath=".;C:\\bin", pathsep=";", devnull="nul", sep="/", altsep="\\")
    namespace.setdefault("splitroot", posixpath.splitroot if hasattr(posixpath, "splitroot") else _splitroot)
    namespace.setdefault("isreserved", lambda path: False)
    for name in _TAKE_PATHS:
        namespace[name] = _slashed(namespace[name])
    return namespace


def _slashed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a function understand backslashes, which ``str`` of a ``pathlib.Path`` has on Windows."""

    def slashed(path: Any) -> Any:
        if isinstance(path, str):
            return path if path.startswith(_DEVICE) else path.replace("\\", "/")
        if isinstance(path, bytes):
            return path.replace(b"\\", b"/")
        if isinstance(path, list | tuple):
            return [slashed(each) for each in path]
        if hasattr(path, "__fspath__"):
            return slashed(path.__fspath__())
        return path

    @wraps(function)
    def called(*paths: Any, **named: Any) -> Any:
        return function(*map(slashed, paths), **{name: slashed(path) for name, path in named.items()})

    return called


def _splitroot(path: str) -> tuple[str, str, str]:
    return ("", "/", path[1:]) if path.startswith("/") else ("", "", path)

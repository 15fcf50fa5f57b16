"""ntpath: the rules of posixpath under Windows' name.

Decision: a simulated process sees the paths of the real file system as they are (``/home/me/file``), although
``os.name`` is ``nt``.  A program's own files and data must be found under the paths that its author's machine
has; drive letters would have to be invented for each of them, and nothing that this project detects depends on
how a path looks.  Backslashes and a drive letter are understood where a file is opened (``notsock.shim.disk``).
"""

import posixpath
from typing import Any


def build(view: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__builtins__": view.builtins}
    view.run_host_source(posixpath, namespace)
    namespace.pop("__builtins__")
    namespace.update(defpath=".;C:\\bin", pathsep=";", devnull="nul", sep="/", altsep="\\")
    namespace.setdefault("splitroot", posixpath.splitroot if hasattr(posixpath, "splitroot") else _splitroot)
    namespace.setdefault("isreserved", lambda path: False)
    return namespace


def _splitroot(path: str) -> tuple[str, str, str]:
    return ("", "/", path[1:]) if path.startswith("/") else ("", "", path)

"""Runs inside a traced Python program: names its frames to strace before each call that opens or closes a descriptor.

The frames are the path of a file that does not exist, which is opened: strace writes it down in front of the call, in
order, in the same thread, whoever else runs.  Nothing else of the program changes.  Only modules that the interpreter
has loaded anyway are imported at once, and no syntax is newer than the oldest Python that may have to read this.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202, PTH100, PTH120, SIM105, UP031
# It runs in any Python from 3.6 on: importing typing, pathlib or contextlib there would be seen.

import os
import sys
from importlib.machinery import PathFinder

PREFIX = "/notsock.frames/"
FRAMES_MAX = 12
LENGTH_MAX = 3800
_open = os.open
_frame = sys._getframe


def tell(call):
    """Name the frames of whoever called the caller, for the call that comes next."""
    frame = _frame(2)
    words = [PREFIX + call]
    length = 0
    while frame is not None and len(words) <= FRAMES_MAX:
        code = frame.f_code
        word = "%s:%d:%s" % (code.co_filename, frame.f_lineno, code.co_name)
        length += len(word)
        if length > LENGTH_MAX:
            break
        words.append(word)
        frame = frame.f_back
    try:
        _open(";".join(words), 0)
    except (OSError, ValueError):
        pass


def telling(function, call):
    """Return a function that names its frames first."""

    def wrapper(*arguments, **options):
        tell(call)
        return function(*arguments, **options)

    wrapper.__name__ = getattr(function, "__name__", call)
    wrapper.__doc__ = function.__doc__
    wrapper.__wrapped__ = function
    return wrapper


def install_os():
    """Have the functions of ``os`` tell; a program that imports them by name gets these."""
    for name in ("close", "dup", "dup2", "closerange"):
        if hasattr(os, name):
            setattr(os, name, telling(getattr(os, name), "close_range" if name == "closerange" else name))


def install_socket(module):
    """Have sockets tell."""
    kind = module.socket
    kind._real_close = telling(kind._real_close, "close")
    kind.accept = telling(kind.accept, "accept")
    kind.dup = telling(kind.dup, "fcntl")
    kind.__init__ = telling(kind.__init__, "socket")
    module.socketpair = telling(module.socketpair, "socketpair")


class Finder:
    """Lets ``socket`` be imported as ever, and installs itself in it then."""

    def find_spec(self, name, path=None, target=None):
        """Take ``socket`` alone."""
        if name != "socket":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        loader, run = spec.loader, spec.loader.exec_module

        def exec_module(module):
            run(module)
            install_socket(module)

        loader.exec_module = exec_module
        return spec


def next_sitecustomize():
    """Run the one that this one stands in front of."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = [each for each in sys.path if os.path.abspath(each or ".") != here]
    sys.path[:] = path
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(sys.modules[__name__])


install_os()
if "socket" in sys.modules:
    install_socket(sys.modules["socket"])
else:
    sys.meta_path.insert(0, Finder())
next_sitecustomize()

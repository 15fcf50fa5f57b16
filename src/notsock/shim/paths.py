"""``pathlib`` on paths that stay POSIX: what it makes is called WindowsPath, and reads as ``os.path`` does.

With Windows' own rules ``/home/me/file`` would be relative and print with backslashes, which ``os.path`` (see
:mod:`notsock.shim.modules.ntpath`) and every place in a traceback would contradict.  Backslashes are understood.
"""

from typing import Any


def keep_posix(module: Any) -> None:
    """Give a view's ``pathlib`` the rules of the view's ``os.path``."""
    flavour = getattr(module, "_PosixFlavour", None)
    if flavour is not None:  # until Python 3.11 it has rules of its own
        made = type("_Flavour", (flavour,), {"altsep": "\\", "is_supported": True})()
        module.PureWindowsPath._flavour = made
    else:
        module.ntpath = None  # Python 3.12 makes exceptions where the rules are Windows'

"""Third-party C extensions in views: each process loads a copy of its own, so that C statics are not shared.

Cython's modules, and Rust's, keep classes and caches in statics: the second process to import one would get the
first one's, and an ``except`` there would not catch what it names.  The dynamic linker tells files apart by
their inodes, so every view loads a copy of the file under another name, made once for the life of this real
process and deleted as soon as it is loaded.  The file itself is the host's, which may use it too; it is mapped
first, not initialized, because that brings in the libraries that lie beside it.

What C code keeps in statics is not restored between schedules.  That is right for what the extensions that
people use keep there: classes, interned strings, caches.  A check that depends on more does not repeat itself,
and says so.
"""

import atexit
import ctypes
import shutil
import tempfile
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from notsock.shim.getrandom import take_getrandom
from notsock.shim.openssl import take_over_copy
from notsock.shim.threads import current

if TYPE_CHECKING:
    from notsock.shim.view import View

_loaded: dict[str, int] = {}
"""How many copies of each file have been loaded."""
_directory: list[str] = []


def _copy_of(path: str, number: int) -> Path:
    """Return a fresh copy of a file; whoever asks deletes it once it is loaded."""
    if not _directory:
        _directory.append(tempfile.mkdtemp(prefix="notsock-"))
        atexit.register(shutil.rmtree, _directory[0], ignore_errors=True)
    original = Path(path)
    copy = Path(_directory[0]) / f"{number}-{original.name}"
    shutil.copyfile(original, copy)
    return copy


class CopyLoader(ExtensionFileLoader):
    """Loads a C extension with statics of its own."""

    def __init__(self, view: "View", name: str, path: str) -> None:
        super().__init__(name, path)
        self.view = view

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module, made from a copy of its file."""
        number = _loaded.get(self.path, 0)
        _loaded[self.path] = number + 1
        record = current()
        record.importing += 1
        try:
            if not number:
                ctypes.CDLL(self.path)
            return self._create_from_copy(spec, number)
        finally:
            record.importing -= 1

    def _create_from_copy(self, spec: ModuleSpec, number: int) -> ModuleType:
        view = self.view
        view.leave()
        try:
            copy = _copy_of(self.path, number)
        finally:
            view.enter()
        apparent = ModuleSpec(spec.name, self, origin=str(copy))
        try:
            module = super().create_module(apparent)
        finally:
            view.leave()
            take_over_copy(self.path, str(copy))
            take_getrandom(str(copy))
            copy.unlink()
            view.enter()
        if getattr(module, "__file__", None) == str(copy):
            module.__file__ = self.path
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module; what it imports leaves no trace."""
        record = current()
        record.importing += 1
        try:
            super().exec_module(module)
        finally:
            record.importing -= 1

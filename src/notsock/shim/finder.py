"""The one entry on a view's ``sys.meta_path``: decides, by :mod:`notsock.shim.policy`, where a module comes from.

The import system itself is the standard one; it works on the view because its ``sys`` is the view's while the
view is current.  Code objects are cached for all views.  The host's own ``sys.meta_path`` is never touched.
"""

import _io
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Sequence
from functools import lru_cache
from importlib.abc import Loader
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from notsock.shim import asyncio_tasks, policy
from notsock.shim.adjustments import AFTER_IMPORT
from notsock.shim.c_function import CFunction, shared_by
from notsock.shim.elf import imported_names
from notsock.shim.extensions import CopyLoader
from notsock.shim.modules import SIMULATED
from notsock.shim.preemption import CALLS, compiled
from notsock.shim.threads import current

if TYPE_CHECKING:
    from notsock.shim.view import View

_code: dict[str, CodeType] = {}
"""Code objects by path, over all views and schedules.  A file that changes during a campaign is not read again."""

_code_with_points: dict[tuple[str, str], CodeType] = {}
"""Code objects of the program's own modules by path and mode of preemption."""

def active_packages() -> list[str]:
    """Return where the active virtual environment keeps its packages, if ``notsock`` runs from elsewhere.

    Nothing for an environment of another Python: its packages are not for this one.
    """
    folder = os.environ.get("VIRTUAL_ENV", "")
    if not folder or os.path.realpath(folder) == os.path.realpath(sys.prefix):
        return []
    where = os.path.join(folder, "lib", "python{}.{}".format(*sys.version_info), "site-packages")  # noqa: PTH118
    return [where] if os.path.isdir(where) else []  # noqa: PTH112


_INSTALLED = tuple(
    os.path.realpath(path) + os.sep
    for path in {
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")), *active_packages(),
    }
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_installed(path: str) -> bool:
    """Say whether a file belongs to the installation: not to the program."""
    return os.path.realpath(path).startswith(_INSTALLED)


@lru_cache(maxsize=4096)
def _extensions_in(folder: str) -> dict[str, str]:
    """Return the C extensions that lie in a folder, by the names that they would be imported by."""
    try:
        files = os.listdir(folder or os.curdir)  # noqa: PTH208
    except OSError:
        return {}
    return {file.partition(".")[0]: file for file in sorted(files) if file.endswith((".pyd", ".so"))}


def _foreign_file(name: str, folders: tuple[str, ...]) -> str | None:
    """Return a file that would be the module on another platform or for another Python."""
    return next((found for folder in folders if (found := _extensions_in(folder).get(name)) is not None), None)


class SimulatedLoader(Loader):
    """Loads a module that a file of :mod:`notsock.shim.modules` makes for each view; its functions stand for C's."""

    def __init__(self, view: "View") -> None:
        self.view = view

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module, made for the view."""
        module = ModuleType(spec.name)
        shared = shared_by(spec.name)
        for name, value in SIMULATED[spec.name](self.view).items():
            module.__dict__[name] = CFunction(value, name, shared) if value.__class__ is FunctionType else value
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing more: it is complete."""


class SharedLoader(Loader):
    """Hands out the host's own module, and leaves it as it was."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the import system's signature
        """Return the host's module."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Put back what the import system wrote into it."""
        module.__spec__ = self.spec


class FencedLoader(Loader):
    """Refuses a package that is installed and cannot run here."""

    def __init__(self, text: str) -> None:
        self.text = text

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Raise ImportError, with the line that names the package and what runs in its place."""
        raise ImportError(self.text, name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Never come to this."""


class ViewSourceLoader(SourceFileLoader):
    """Executes a source file with the view's own builtins."""

    def __init__(self, view: "View", name: str, path: str) -> None:
        super().__init__(name, path)
        self.view = view

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code, compiled or read once for all views."""
        if self.view.preempt != CALLS and not is_installed(self.path):
            return self._code_with_points()
        code = _code.get(self.path)
        if code is None:
            code = super().get_code(fullname)
            assert code is not None
            _code[self.path] = code
        return code

    def _code_with_points(self) -> CodeType:
        key = (self.path, self.view.preempt)
        code = _code_with_points.get(key)
        if code is None:
            code = _code_with_points[key] = compiled(self.get_data(self.path), *key)
        return code

    def get_data(self, path: str) -> bytes:
        """Read a file of the installation with the host's own means: imports leave no trace."""
        with _io.FileIO(path) as file:
            return file.read()

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write no byte code: a simulated process leaves the disk alone."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module; ``__builtins__`` that are there already are kept by ``exec``."""
        module.__dict__["__builtins__"] = self.view.builtins
        code = self.get_code(module.__name__)
        assert code is not None
        if not is_installed(self.path):
            exec(code, module.__dict__)  # noqa: S102 - this is an importer
            return
        record = current()
        record.importing += 1
        try:
            exec(code, module.__dict__)  # noqa: S102 - this is an importer
        finally:
            record.importing -= 1
        adjust = self.view.after_import.get(module.__name__)
        if adjust is not None:
            adjust(module)
        elif module.__name__ in AFTER_IMPORT:
            AFTER_IMPORT[module.__name__](self.view, module)


class ViewFinder:
    """Finds modules for one view."""

    def __init__(self, view: "View") -> None:
        self.view = view

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002 - the import system's signature
    ) -> ModuleSpec | None:
        """Return how to load ``name``, None when there is no such module on this Windows.

        Raises ImportError, with one line that names it, for what is fenced.
        """
        if name in SIMULATED:
            return ModuleSpec(name, SimulatedLoader(self.view), origin="built-in")
        if name in policy.HIDDEN or name in policy.ABSENT:
            return None
        if name in policy.FENCED:
            raise ImportError(policy.fence_text(name), name=name)
        take = policy.take_of(name)
        if policy.is_shared(name):
            module = self.view.from_host(name)
            if module is not None:
                return ModuleSpec(name, SharedLoader(module), is_package=hasattr(module, "__path__"))
            return None
        spec = PathFinder.find_spec(name, path)
        if name == asyncio_tasks.NAME:
            return asyncio_tasks.accelerated(self.view, spec)
        if spec is None:
            if name in policy.WINDOWS_ONLY:
                raise ModuleNotFoundError(policy.windows_only_text(name), name=name)
            foreign = _foreign_file(name.rpartition(".")[2], tuple(self.view.sys.path if path is None else path))
            if foreign is not None:
                raise ModuleNotFoundError(policy.foreign_text(name, foreign), name=name)
            return None
        if take is policy.Take.FENCE:
            spec.loader = FencedLoader(policy.extension_text(name))
            return spec
        return self._wrapped(spec)

    def _wrapped(self, spec: ModuleSpec) -> ModuleSpec:
        loader = spec.loader
        if isinstance(loader, SourceFileLoader):
            spec.loader = ViewSourceLoader(self.view, spec.name, loader.path)
        elif isinstance(loader, ExtensionFileLoader):
            if f"{os.sep}lib-dynload{os.sep}" in loader.path:
                raise ImportError(policy.unknown_text(spec.name), name=spec.name)
            own = policy.SOCKET_CALLS & imported_names(loader.path) if not policy.is_named(spec.name) else None
            if own:
                spec.loader = FencedLoader(policy.own_sockets_text(spec.name, own))
                return spec
            spec.loader = CopyLoader(self.view, spec.name, loader.path)
        return spec

    def invalidate_caches(self) -> None:
        """Forget what directories held."""
        PathFinder.invalidate_caches()

    def find_distributions(self, *arguments: Any, **named: Any) -> Any:
        """Return what importlib.metadata finds on the view's path."""
        return PathFinder.find_distributions(*arguments, **named)


def host_module(name: str) -> ModuleType | None:
    """Import a shared module in the host; None where this Python does not have it.

    Only while no view is current.
    """
    module = sys.modules.get(name)
    if module is None:
        try:
            module = importlib.import_module(name)
        except ImportError:
            return None
    return module

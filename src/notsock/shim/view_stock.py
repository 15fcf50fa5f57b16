"""Views with their imports done, kept from run to run: each serves one living process at a time.

All views of a stock have the same modules.  What a run imports beyond them is learned, and the next view has it
from the start, so that no schedule executes an installed module twice.  A process that is started inside a run
draws from the same stock as its like in other runs; a view whose process has ended serves the next one.
"""

import ast
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from notsock.releases.catalogue import CURRENT
from notsock.shim.finder import is_installed
from notsock.shim.preparation import prepare
from notsock.shim.pristine import Snapshot
from notsock.shim.view import View
from notsock.system import System


class ViewStock:
    """The views of one kind of process: one program's, or its children's of one command.

    ``once`` says that none will be wanted again: a single run needs no snapshots, which take half the time and memory
    of a view.
    """

    def __init__(
        self, imports: Iterable[str], argv: Sequence[str], path: list[str], cwd: str, environment: dict[str, str]
    ) -> None:
        self.argv = list(argv)
        self.path = path
        self.cwd = cwd
        self.environment = environment
        self.imports = list(imports)
        self.once = False
        self.learned: set[str] = set()
        self.never: set[str] = set()
        self.kept: dict[str, list[KeptView]] = {}
        self.preparation: str | None = None
        """A file that each view executes before any run."""

    def take(self, process: Any, name: str) -> View:
        """Return a restored view that no living process of this run has.

        ``name`` says for whom it was made: what its modules drew at random follows from that.
        """
        kept = self.kept.setdefault(name, [])
        for one in kept:
            if one.is_free(process.executive):
                with process.executive.muted():  # what a dead process still holds ends without a trace
                    restored = one.restore(self)
                if restored:
                    return one.view
                kept.remove(one)
                break
        fresh = KeptView(self, process, name)
        kept.append(fresh)
        return fresh.view


class KeptView:
    """A view with its imports done, and the snapshot to which it is restored."""

    __slots__ = ("snapshot", "view")

    def __init__(self, stock: ViewStock, process: Any, name: str) -> None:
        view = self.view = View(name, stock.argv, stock.path, stock.cwd, stock.environment)
        with view.borrowing(_model_of(process)):
            for module in [*stock.imports, *sorted(stock.learned)]:
                if module not in stock.never and not _preload(view, module):
                    stock.never.add(module)
            view.outside_run(view.prepare_streams)
        if stock.preparation is not None:
            prepare(view, stock.preparation, process.machine)
        self.snapshot: Snapshot | None = None if stock.once else view.outside_run(lambda: Snapshot(view))
        if stock.preparation is not None and self.snapshot is not None:
            view.outside_run(self.snapshot.restore)  # its locks have numbers of a run that is over

    def is_free(self, executive: Any) -> bool:
        """Say whether nobody in a run has it."""
        view = self.view
        return view.executive is not executive or not view.process.alive

    def restore(self, stock: ViewStock) -> bool:
        """Put the view back; False when the program imports more than was known: it is built anew then."""
        view = self.view
        if self.snapshot is None:
            return False
        if len(view.modules) == len(self.snapshot.modules) + 1 and "__main__" in view.modules:
            view.outside_run(self.snapshot.restore)
            return True
        names = view.modules.keys() - self.snapshot.modules.keys()
        new = {name for name in names if _is_installed(view.modules[name])} - stock.never
        new.discard("__main__")
        if new - stock.learned:
            stock.learned |= new
            return False
        view.outside_run(self.snapshot.restore)
        return True


def _model_of(process: Any) -> Any:
    """Return a process like another, on a machine that nobody runs: what imports ask of a system is asked of it."""
    like = process.machine
    system = System(like.system.release if hasattr(like, "system") else CURRENT)
    model = system.machine(like.name).create_process(process.name, None)
    model.process_id = process.process_id
    return model


@lru_cache(maxsize=256)
def imports_of(source: bytes | str) -> tuple[str, ...]:
    """Return the modules that a program's text names in imports; none where it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names[node.module] = None
    return tuple(names)


def _is_installed(module: Any) -> bool:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    if origin in ("built-in", "frozen"):
        return True
    return origin is not None and is_installed(origin)


def _preload(view: View, name: str) -> bool:
    """Import an installed module before the run; False when it has to be left to the program."""
    if name in view.modules:
        return True
    before, exits, drawn = dict(view.modules), len(view.exit_calls), dict(view.drawn)
    held = set(view.process.table.objects)
    try:
        spec = view.outside_run(lambda: view.finder.find_spec(name.partition(".")[0], None))
        origin = spec.origin if spec is not None else None
        if origin not in (None, "built-in", "frozen") and not is_installed(origin):
            return False
        view.outside_run(lambda: view.import_module(name))
        _must_hold_nothing(view, held)
    except Exception:  # noqa: BLE001 - whatever it is, the program meets it where it imports
        for extra in [key for key in view.modules if key not in before]:
            _forget_module(view, extra)
        del view.exit_calls[exits:]
        view.drawn = drawn
        return False
    return True


def _must_hold_nothing(view: View, held: set[int]) -> None:
    """Refuse an import that has opened something: the process of each run must open it for itself."""
    if view.process.table.objects.keys() - held:
        raise ImportError("it keeps something open")


def _forget_module(view: View, name: str) -> None:
    """Take a module out of the view, and out of its package, where ``from package import module`` would find it."""
    module = view.modules.pop(name)
    package, _, child = name.rpartition(".")
    holder = view.modules.get(package)
    if holder.__class__ is ModuleType and holder.__dict__.get(child) is module:
        del holder.__dict__[child]

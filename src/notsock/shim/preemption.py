"""Preemption between bytecodes: points in the program's own code at which another thread may run.

``calls``: none; threads change places at simulated calls only, and a program costs what it always did.  ``jumps``:
where CPython with a GIL looks whether another thread wants it: at the start of a function, where a generator goes on,
at each jump backwards, and behind each call of a C function.  ``lines``: before every line, which also covers older
interpreters and builds without a GIL.

On 3.12 and later ``sys.monitoring`` reports the points, for the code objects of the program and of nobody else: the
standard library, installed packages and notsock itself are never interrupted, so that a simulated call stays atomic.
On 3.11 the same points (but for those behind calls) are written into the program's syntax tree.
"""

import ast
import os
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from notsock.shim.here import here
from notsock.shim.layout import tracing_depth

CALLS, JUMPS, LINES = MODES = ("calls", "jumps", "lines")
_POINT = "__notsock_point__"
_TOOL = 4
"""Of ``sys.monitoring``'s six: the first that has no meaning of its own and is not a profiler's or a debugger's."""


def compiled(source: bytes | str, path: str, mode: str) -> CodeType:
    """Return a program's code with the points of ``mode``.

    Raises SyntaxError and ValueError as ``compile`` does.
    """
    if mode == CALLS:
        return compile(source, path, "exec", dont_inherit=True)
    if sys.version_info >= (3, 12):
        code = compile(source, path, "exec", dont_inherit=True)
        _monitor(code, mode)
        return code
    tree = ast.parse(source, path)
    _write_points(tree, path, mode)
    return compile(tree, path, "exec", dont_inherit=True)


def has_same_points(python: str) -> bool:
    """Say whether a Python (``3.12``) has the points between calls where this one has them."""
    return (python == "3.11") == (sys.version_info < (3, 12))


def adjust_rewriting(module: Any, mode_now: Callable[[], str]) -> None:
    """Have pytest's own compiler of test modules (``_pytest.assertion.rewrite``) put points into what it makes."""
    read, rewrite_asserts, rewrite_test = module._read_pyc, module.rewrite_asserts, module._rewrite_test

    def read_pyc(*arguments: Any, **named: Any) -> Any:
        return read(*arguments, **named) if mode_now() == CALLS else None

    def with_points(tree: ast.Module, source: bytes, path: str | None = None, config: Any = None) -> None:
        rewrite_asserts(tree, source, path, config)
        if mode_now() != CALLS and sys.version_info < (3, 12):
            _write_points(tree, path or "", mode_now())

    def watched(*arguments: Any) -> Any:
        status, code = rewrite_test(*arguments)
        if mode_now() != CALLS and sys.version_info >= (3, 12):
            _monitor(code, mode_now())
        return status, code

    module._read_pyc, module.rewrite_asserts, module._rewrite_test = read_pyc, with_points, watched


def prepare(mode: str) -> None:
    """Make ready for a run in this real thread; to be called while no code with points runs."""
    if mode != CALLS and sys.version_info >= (3, 12):
        tracing_depth()


def builtins() -> dict[str, Any]:
    """Return what a view's builtins need for code that has points written into it."""
    return {} if sys.version_info >= (3, 12) else {_POINT: _point}


def _point(where: str) -> None:
    """Pass a point: the current thread may lose its turn."""
    executive, view = here.executive, here.view
    if view is None or executive.over:
        return
    record = view.of_thread.get(executive.current.ident)
    if record is not None and not record.quiet and not record.importing:
        executive.preempt(where)


# ---- 3.12 and later ----------------------------------------------------------------------------------------------

_monitored: list[CodeType] = []
"""Kept, so that the two tables below may go by their addresses: code objects are compared by what is in them."""
_places: dict[tuple[int, int], str] = {}
"""The words for a place, by code object and line."""
_lines: dict[int, dict[int, int]] = {}
"""Line numbers by the offset of an instruction, by code object."""


def _monitor(code: CodeType, mode: str) -> None:
    """Have the interpreter report the points of a code object and of those in it."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    if monitoring.get_tool(_TOOL) is None:
        monitoring.use_tool_id(_TOOL, "notsock")
        events = monitoring.events
        for event, callback in (
            (events.LINE, _at_line),
            (events.JUMP, _at_jump),
            (events.PY_START, _at_offset),
            (events.PY_RESUME, _at_offset),
            (events.C_RETURN, _at_return),
        ):
            monitoring.register_callback(_TOOL, event, callback)
    events = monitoring.events
    wanted = events.JUMP
    wanted |= events.LINE if mode == LINES else events.PY_START | events.PY_RESUME | events.CALL
    pending = [code]
    while pending:
        one = pending.pop()
        monitoring.set_local_events(_TOOL, one, wanted)
        _monitored.append(one)
        pending += [constant for constant in one.co_consts if isinstance(constant, CodeType)]


def _at_line(code: CodeType, line: int) -> None:
    where = _places.get((id(code), line))
    if where is None:
        where = _places[id(code), line] = f"{os.path.basename(code.co_filename)}:{line}"  # noqa: PTH119 - a name
    depth = tracing_depth()
    depth[0] -= 1
    try:
        _point(where)
    finally:
        depth[0] += 1


def _at_offset(code: CodeType, offset: int) -> None:
    lines = _lines.get(id(code))
    if lines is None:
        lines = _lines[id(code)] = {}
        for start, end, line in code.co_lines():
            lines.update(dict.fromkeys(range(start, end, 2), line or code.co_firstlineno))
    _at_line(code, lines.get(offset, code.co_firstlineno))


def _at_jump(code: CodeType, offset: int, destination: int) -> Any:
    if destination > offset:
        return sys.monitoring.DISABLE  # type: ignore[attr-defined, unused-ignore]
    return _at_offset(code, offset)


def _at_return(code: CodeType, offset: int, _function: object, _argument: object) -> None:
    _at_offset(code, offset)


# ---- 3.11 --------------------------------------------------------------------------------------------------------


def _write_points(tree: ast.Module, path: str, mode: str) -> None:
    _Pointed(os.path.basename(path), mode).visit(tree)  # noqa: PTH119 - a name, not a file


class _Pointed(ast.NodeTransformer):
    """Writes points into a syntax tree."""

    def __init__(self, name: str, mode: str) -> None:
        self._name = name
        self._everywhere = mode == LINES

    def _at(self, node: ast.stmt) -> ast.stmt:
        where = ast.Constant(f"{self._name}:{node.lineno}")
        call = ast.Expr(ast.Call(ast.Name(_POINT, ast.Load()), [where], []))
        for one in ast.walk(call):
            one.lineno = one.end_lineno = node.lineno  # type: ignore[attr-defined]
            one.col_offset = one.end_col_offset = 0  # type: ignore[attr-defined]
        return call

    def _body(self, body: list[ast.stmt], starts: bool = False) -> list[ast.stmt]:
        """Return statements with points before them: all, or where a function ``starts`` the first."""
        made: list[ast.stmt] = []
        first = starts
        for statement in body:
            if not _stays_first(statement):
                if self._everywhere or first or isinstance(statement, ast.Continue):
                    made.append(self._at(statement))
                first = False
            made.append(self.visit(statement))
        return made

    def _loop(self, node: Any) -> Any:
        node.body = self._body(node.body)
        node.body.append(self._at(node))
        node.orelse = self._body(node.orelse)
        return node

    visit_For = visit_AsyncFor = visit_While = _loop  # noqa: N815 - ast's names

    def _function(self, node: Any) -> Any:
        node.body = self._body(node.body, starts=True)
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815 - ast's names

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Do so in every list of statements; expressions have no points."""
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, self._body(statements))
        for field in ("handlers", "cases"):
            for child in getattr(node, field, ()):
                self.generic_visit(child)
        return node


def _stays_first(statement: ast.stmt) -> bool:
    """Say whether nothing may stand before a statement: a docstring, an import from ``__future__``."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)



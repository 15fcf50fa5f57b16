"""Being watched changes nothing: a run whose every turn is read is the run that it would have been.

What a strategy keeps of a program's objects would show, for their finalizers close handles.
"""

from pathlib import Path

import pytest

from notsock.executive.strategy import FirstReady
from notsock.explore.strategies.dpor import Dpor
from notsock.explore.strategies.portfolio import Portfolio
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.trace.events import ObjectCreated, ObjectEnded, Wrote

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "children": ("bench/programs/spawned_child.py",),
    "asyncio": ("bench/programs/asyncio_trips_server.py", "bench/programs/asyncio_trips_client.py"),
    "threads": ("zoo/late_finalizer.py",),
    "subprocesses": ("zoo/port_of_a_helper.py",),
    "pipes": ("zoo/reader_of_a_closed_pipe.py",),
}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_run_is_the_same_whether_its_turns_are_read_or_not(name: str) -> None:
    runner = Runner(Program(tuple(Part(str(ROOT / path)) for path in PROGRAMS[name])), Options())
    runner(FirstReady())  # what is imported once
    watched = Portfolio().next()
    assert watched is not None
    runs = [runner(strategy) for strategy in (FirstReady(), Dpor(), Dpor(narrow=True), watched, FirstReady())]
    assert len({run.digest for run in runs}) == 1


PIPE = "import multiprocessing, os\none, other = multiprocessing.Pipe()\nos.write(1, b'made')\n"


@pytest.mark.parametrize("strategy", [FirstReady, Dpor])
def test_a_request_that_the_program_has_dropped_is_gone_with_its_event(strategy: type, tmp_path: Path) -> None:
    path = tmp_path / "pipe.py"
    path.write_text(PIPE)
    runner = Runner(Program((Part(str(path)),)), Options())
    runner(strategy())
    events = [event for _, event in runner(strategy()).trace]
    written = next(place for place, event in enumerate(events) if isinstance(event, Wrote))
    made = {event.object for event in events[:written] if isinstance(event, ObjectCreated)}
    ended = {event.object for event in events[:written] if isinstance(event, ObjectEnded)}
    assert len(made & ended) == 1  # of the request with which the pipe's server waited for its client

"""Points between bytecodes: in the program's own code and nowhere else, and a call stays atomic."""

import sys

import pytest
from shim_runs import program, run

from notsock.executive.strategy import FirstReady
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.round_robin import RoundRobin
from notsock.shim.layout import tracing_depth
from notsock.shim.preemption import LINES, MODES
from notsock.trace.events import Entered, Exited, Stepped

LOST = """
    import threading
    counter = 0
    def work():
        global counter
        for _ in range(30):
            value = counter
            counter = value + 1
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(counter)
    """
WAITING = """
    import threading, time
    flag = False
    def setter():
        global flag
        time.sleep(2.5)
        flag = True
    threading.Thread(target=setter).start()
    while not flag: pass
    print("seen", time.monotonic() > 2.5)
    """


def points(said):
    """Return the names of the points that a run passed."""
    trace = said.outcome.trace
    names = [trace.names[record[2]] for _, record in trace.records() if record[0] == Stepped.kind]
    return [name for name in names if ":" in name]


def test_an_update_is_lost_only_where_a_thread_loses_its_turn_between_two_lines():
    one = program(LOST)
    runs = {}
    for mode in MODES:
        strategy = Random(7)
        runs[mode] = [run(one, strategy=strategy, preempt=mode) for _ in range(20)]
    assert [any(said.lines != ["60"] for said in runs[mode]) for mode in MODES] == [False, False, True]
    passed = {mode: {name for said in runs[mode] for name in points(said)} for mode in MODES}
    assert passed["calls"] == set()
    assert passed["lines"] >= {"<program>:7", "<program>:8"}


@pytest.mark.parametrize("mode", ["jumps", "lines"])
def test_a_loop_that_waits_for_another_thread_without_a_call_ends(mode):
    said = run(WAITING, strategy=FirstReady(), preempt=mode)
    assert (said.lines, said.ending) == (["seen True"], "FINISHED")


@pytest.mark.parametrize("mode", ["jumps", "lines"])
def test_the_same_schedule_is_the_same_run_again(mode):
    one = program(LOST)
    assert len({run(one, strategy=RoundRobin(), preempt=mode).digest for _ in range(3)}) == 1


@pytest.mark.parametrize("mode", ["jumps", "lines"])
def test_points_are_in_the_programs_own_files_and_outside_its_calls(mode, tmp_path):
    (tmp_path / "beside.py").write_text(
        "import queue\ndef feed(q):\n    for n in range(3):\n        q.put(n)\n    q.put(None)\n"
    )
    source = """
        import beside, queue, socket, sys, threading
        q = queue.Queue()
        thread = threading.Thread(target=beside.feed, args=(q,))
        thread.start()
        left, right = socket.socketpair()
        while (one := q.get()) is not None:
            left.send(b"x"); right.recv(1)
        thread.join()
        """
    one = program(source, cwd=str(tmp_path))
    one.import_path.insert(0, str(tmp_path))
    said = run(one, strategy=RoundRobin(), preempt=mode)
    assert (said.errors, said.ending) == ("", "FINISHED")
    assert "beside.py" in {name.partition(":")[0] for name in points(said)} <= {"<program>", "beside.py"}
    trace, inside = said.outcome.trace, set()
    for _, record in trace.records():
        if record[0] == Entered.kind:
            inside.add(record[1])
        elif record[0] == Exited.kind:
            inside.discard(record[1])
        elif record[0] == Stepped.kind and ":" in trace.names[record[2]]:
            assert record[1] not in inside


@pytest.mark.parametrize("mode", ["jumps", "lines"])
def test_a_daemon_that_computes_for_ever_goes_with_its_process(mode):
    source = """
        import threading, time
        def spin():
            try:
                while True: pass
            finally:
                print("never said")
        threading.Thread(target=spin, daemon=True).start()
        time.sleep(1)
        print("over")
        """
    said = run(source, strategy=FirstReady(), preempt=mode)
    assert (said.lines, said.ending) == (["over"], "FINISHED")
    if sys.version_info >= (3, 12):
        assert tracing_depth()[0] == 0


def test_tasks_of_one_loop_change_places_only_where_they_await():
    source = """
        import asyncio
        counter = 0
        async def work():
            global counter
            for _ in range(5):
                value = counter
                counter = value + 1
                await asyncio.sleep(0)
        async def main():
            await asyncio.gather(work(), work())
            print(counter)
        asyncio.run(main())
        """
    assert run(source, strategy=RoundRobin(), preempt=LINES).lines == ["10"]


def test_every_statement_keeps_its_meaning():
    source = '''
        """The docstring."""
        from __future__ import annotations
        import contextlib
        def f(x: Missing) -> Nowhere:
            """Inner."""
            for n in range(3):
                if n == 1: continue
                match n:
                    case 0: yield "zero"
                    case _:
                        yield "other"
            else:
                yield "else"
        @contextlib.contextmanager
        def manager():
            try:
                yield 1
            except ValueError:
                print("caught")
            finally:
                print("finally")
        class C:
            """Of a class."""
            x = 1
            def m(self): return self.x
        with manager() as m: raise ValueError
        print(__doc__, f.__doc__, C.__doc__, list(f(1)), C().m(), (lambda: 5)())
        while True:
            break
        '''
    wanted = ["caught", "finally", "The docstring. Inner. Of a class. ['zero', 'other', 'else'] 1 5"]
    for mode in MODES:
        said = run(source, preempt=mode)
        assert (said.errors, said.lines) == ("", wanted)

"""Runs one module of tests: each class in a forked child with a simulated process of its own.

Run by the interpreter whose tests they are: ``python -m judges.driver test.test_socket out.json``.  A child
that says nothing for a while is killed, the test that it was in has hung, and another child goes on behind it.
"""

import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

from judges.suites import SECONDS_WITHOUT_NEWS, suite_of
from notsock.executive.executive import Budget
from notsock.shim.python_process import PythonProgram, start_python
from notsock.system import System
from notsock.values.durations import HOUR

TEXT_MAX = 6000
MEMORY_MAX = 2 << 30


class Fair:
    """Goes on with the current thread for a slice, then takes the one that has not run for longest.

    These tests rely on threads that spin, and on the system to let all of them run.
    """

    SLICE = 500

    def __init__(self):
        self.turn = 0
        self.last = {}
        self.same = 0

    def begin(self, roster):
        """Start a run."""

    def pick(self, candidates, current):
        """Return the current thread's place, or that of the one that has waited longest."""
        place = 0
        self.same += 1
        if current in candidates and self.same < self.SLICE:
            place = candidates.index(current)
        else:
            self.same = 0
            turns = [self.last.get(ident, 0) for ident in candidates]
            place = turns.index(min(turns))
        self.turn += 1
        self.last[candidates[place]] = self.turn
        return place

    def value(self, point, count, chance=0):
        """Return the healthy verdict."""
        return 0


class Child:
    """A forked child that runs one order, and the events that it sends."""

    def __init__(self, program, order, show):
        self.news, writing = os.pipe()
        self.buffer = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.news)
            try:
                _run(program, order, writing, show)
            finally:
                os._exit(0)
        os.close(writing)

    def events(self, seconds):
        """Yield events until the child ends or says nothing for ``seconds``; then, last, how it ended."""
        while True:
            if not select.select([self.news], [], [], seconds)[0]:
                yield ["hung", "", f"nothing happened for {seconds} s"]
                break
            data = os.read(self.news, 1 << 16)
            if not data:
                break
            self.buffer += data
            *lines, self.buffer = self.buffer.split(b"\n")
            for line in lines:
                yield json.loads(line)

    def end(self):
        """Kill the child if need be; return its exit status."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.news)
        return status


def _run(program, order, writing, show):
    """Be the child: run the order in a simulated process."""

    def report(kind, test, text):
        if not system.executive.over:  # what a thread that unwinds says is no result
            say(kind, test, text)

    def say(kind, test, text):
        os.write(writing, json.dumps([kind, test, text[-TEXT_MAX:]]).encode() + b"\n")

    program.argv = [program.argv[0], json.dumps(order)]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MAX, MEMORY_MAX))
    budget = Budget(events_max=50_000_000, time_max_ns=24 * 30 * HOUR, idle_wakes_max=10_000)
    system = System(strategy=Fair(), budget=budget)
    system.on_output = _show if show else _discard
    try:
        thread = start_python(system.machine().create_process("judge", None), program)
        thread.space.sys.__dict__["argv"] = program.argv
        thread.space.sys.__dict__["conformance_report"] = report
        say("ended", "", system.run().ending.name)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent tells it
        say("ended", "", f"{type(error).__name__}: {error}")


def _show(process, stream, data):
    os.write(2, data)


def _discard(process, stream, data):
    """Drop what tests print."""


def new_program(suite):
    """Return the program of the simulated process, with what every test module imports imported."""
    inside = Path(__file__).with_name(suite.inside)
    environment = {"PATH": os.defpath, "USERPROFILE": tempfile.gettempdir()}
    program = PythonProgram(inside, ["{}"], cwd=tempfile.gettempdir(), environment=environment)
    program.stock.learned |= suite.preloaded
    return program


def tests_of(program, module, show):
    """Return a module's tests by class; or why there are none."""
    groups, verdict = {}, None
    child = Child(program, {"module": module, "group": None, "done": []}, show)
    for kind, test, text in child.events(SECONDS_WITHOUT_NEWS):
        if kind == "test":
            groups.setdefault(text, []).append(test)
        elif kind.startswith("module-"):
            verdict = [kind.removeprefix("module-"), text]
        elif verdict is None and not groups:
            verdict = ["fail", f"the module's import ended the process: {text}"]
    child.end()
    return groups, verdict


def run_group(program, module, group, tests, show, say):
    """Run one class; return ``{test: [verdict, text]}`` for each of its tests."""
    results = {}
    while True:
        before = len(results)
        order = {"module": module, "group": group, "done": list(results)}
        child = Child(program, order, show)
        current, last = None, "the child died"
        for kind, test, text in child.events(SECONDS_WITHOUT_NEWS):
            if kind == "start":
                current = test
                say(test)
            elif kind in ("pass", "fail", "skip"):
                results[test], current = [kind, text], None
            elif kind.startswith("all-"):
                for other in tests:
                    results.setdefault(other, [kind.removeprefix("all-"), text])
            else:
                last = text
        child.end()
        if current is not None:
            results[current] = ["hang", f"the run ended inside this test: {last}"]
        left = [test for test in tests if test not in results]
        if not left or len(results) == before:
            break
    for test in left:
        results[test] = ["hang", f"never started: {last}"]
    return results


def run_module(module, only=None, show=False, say=lambda _what: None):
    """Run a module; return what is kept of it."""
    began = time.monotonic()
    program = new_program(suite_of(module))
    warm_up(program)
    groups, verdict = tests_of(program, module, show)
    results = {}
    for group, tests in groups.items():
        if only is None or only in group:
            results |= run_group(program, module, group, tests, show, say)
    if not groups and verdict is not None:
        results[module] = verdict
    return {"module": module, "seconds": round(time.monotonic() - began, 1), "results": results}


def warm_up(program):
    """Do the imports that every child shares, before the first fork."""
    system = System()
    start_python(system.machine().create_process("judge", None), program)


def main(module, out, *options):
    """Run a module and write what came out as JSON."""
    only = next((option for option in options if not option.startswith("-")), None)
    say = (lambda test: sys.stderr.write(f"\r\x1b[K{test[-110:]}")) if sys.stderr.isatty() else _quiet
    outcome = run_module(module, only, "--show" in options, say)
    Path(out).write_text(json.dumps(outcome, indent=1))


def _quiet(test):
    """Say nothing."""


if __name__ == "__main__":
    main(*sys.argv[1:])

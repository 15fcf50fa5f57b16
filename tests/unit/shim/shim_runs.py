"""Runs Python sources in simulated processes, for the tests beside this file."""

import gc
import textwrap

from notsock.shim.python_process import PythonProgram
from notsock.system import System


class Said:
    """What a run's processes wrote and how they ended."""

    def __init__(self, system, outcome):
        self.system = system
        self.outcome = outcome
        self.digest = outcome.digest
        self.ending = outcome.ending.name
        self.codes = [process.exit_code for process in system.processes]

    def text(self, stream, name=None):
        return b"".join(
            data
            for process, number, data in self.system.output
            if number == stream and name in (None, process.name)
        ).decode()

    @property
    def lines(self):
        return self.text(1).splitlines()

    @property
    def errors(self):
        return self.text(2)


def program(source, *argv, **named):
    return PythonProgram(None, argv, source=textwrap.dedent(source), **named)


def run(*programs, seed=1, tap=None, **options):
    """Run programs (or sources), each in a process of one machine, called p1, p2 and so on."""
    system = System(seed=seed, **options)
    system.network.tap = tap
    machine = system.machine()
    for count, one in enumerate(programs, 1):
        started = one if isinstance(one, PythonProgram) else program(one)
        started.start(machine, name=f"p{count}")
    gc.disable()  # finalizers of an earlier run's objects have no business in this one (programs/collector.py)
    try:
        return Said(system, system.run())
    finally:
        gc.enable()


def lines(source, **options):
    """Run one source to its healthy end; return what it printed."""
    said = run(source, **options)
    assert said.errors == ""
    assert (said.ending, said.codes) == ("FINISHED", [0])
    return said.lines

"""A system: machines of chosen releases on one network, run once under one strategy.

```python
system = System(release="nt4-sp3", seed=7)
server = system.machine().process("server")
@server.thread
def main(api):                      # api.ws2_32, api.crt, api.kernel32: the Windows calls by their own names
    api.ws2_32.WSAStartup()
    s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
outcome = system.run()
```
"""

from collections.abc import Callable
from typing import Any

from notsock.crt.crt import Crt
from notsock.executive.actors import Killed, Thread
from notsock.executive.executive import Budget, Executive
from notsock.executive.gate_tap import tap_gates
from notsock.executive.strategy import Strategy
from notsock.kernel32.kernel32 import Kernel32
from notsock.kernel32.processes import Image
from notsock.net.host import Host
from notsock.net.links import Conditions
from notsock.net.network import HEALTHY, Network
from notsock.objects.kernel_object import KernelObject, ThreadObject
from notsock.objects.manager import ObjectManager
from notsock.objects.named_pipe import PipeName
from notsock.objects.process import Process
from notsock.objects.section import Section
from notsock.releases.catalogue import CURRENT, profile_of, release_named
from notsock.trace.calls import Call
from notsock.trace.events import Ending, MachineStarted, ProcessEnded, ProcessStarted
from notsock.trace.recorder import Trace
from notsock.values.faults import NO_FAULTS, Faults
from notsock.values.profile import Profile
from notsock.winsock.ws2_32 import Ws2_32

Main = Callable[[Any], None]

TERMINATED = 0xFFFFFFFF
"""The exit code of a process that its machine's restart ended."""


class Machine:
    """One simulated Windows: its release, its processors, its processes and its half of the network."""

    def __init__(self, system: "System", ident: int, name: str, release: str, processors: int) -> None:
        self.system = system
        self.ident = ident
        self.name = name
        self.release = release_named(release).name
        self.processors = processors
        self.installed = system.hotfixes
        self.executive = system.executive
        self.manager = system.manager
        self.profile: Profile = profile_of(self.release, self.installed)
        self.processes: list[Process] = []
        self.files: Any = None
        self.named_pipes: dict[str, PipeName] = {}
        self.programs: dict[str, Main] = {}
        self.sections: dict[str, Section] = {}
        self._by_id: dict[int, Process] = {}
        addresses = (f"10.0.0.{ident}", f"fd00::{ident:x}")
        self.host = Host(system.network, self, name, self.profile, addresses)
        self.host.faults = system.faults
        system.network.add(self.host)
        note = system.executive.recorder.name
        system.executive.log((MachineStarted.kind, ident, note(name), note(self.release)))

    # ---- processes --------------------------------------------------------------------------------------------

    def process(self, name: str = "program") -> "ProcessBuilder":
        """Return a new process, to be given threads."""
        return ProcessBuilder(self.create_process(name, None))

    def create_process(self, name: str, parent: Process | None) -> Process:
        """Make a process without a thread."""
        if parent is not None:
            parent.children += 1
            name = f"{parent.name}/{name}.{parent.children}"
        executive = self.executive
        process = Process(self.manager.ident(), name, self, executive, self.manager)
        process.process_id = 4 * (250 + len(self.system.processes))
        process.parent = parent
        process.ws2_32 = Ws2_32(process)
        process.kernel32 = Kernel32(process)
        process.crt = Crt(process)
        self.processes.append(process)
        self.system.processes.append(process)
        self._by_id[process.process_id] = process
        executive.log(
            (
                ProcessStarted.kind,
                process.ident,
                self.ident,
                parent.ident if parent is not None else 0,
                executive.recorder.name(name),
            )
        )
        return process

    def process_of(self, process_id: int) -> Process | None:
        """Return the process of a number."""
        return self._by_id.get(process_id)

    def install_program(self, name: str, main: Main) -> None:
        """Let a name on a command line (``server`` or ``server.exe``) mean a program that runs ``main(api)``."""
        self.programs[_program_name(name)] = main

    def image(self, name: str) -> Image | None:
        """Return the program that a file name means, None when there is none.

        Where Python programs run, what is neither Python nor installed here is refused by name.
        """
        main = self.programs.get(_program_name(name))
        if main is not None:
            return lambda process: self.start_main(process, main)
        find = self.system.find_image
        return find(name) if find is not None else None

    def start_main(self, process: Process, main: Main) -> Thread:
        """Start the thread that runs ``main(api)``; the process ends when it returns."""

        def body(_thread: Thread) -> None:
            main(process)

        return self.start_thread(process, body, "main")

    def start_thread(self, process: Process, body: Callable[[Thread], None], name: str | None = None) -> Thread:
        """Start a thread of a process; the process ends with its last thread."""
        creator = self.executive.current
        if name is None:
            creator.children += 1
            prefix = creator.name if creator.process is process else process.name
            path = f"{prefix}/{creator.children}"
        else:
            path = f"{process.name}/{name}"
        thread = self.executive.start(path, process, _Body(self, process, body), self.ident, self.processors)
        thing = ThreadObject(self.manager.ident(), thread)
        self.manager.created(thing, process)
        thread.object = thing
        process.threads.append(thread)
        return thread

    def thread_over(self, process: Process, thread: Thread) -> None:
        """A thread's body is done."""
        if thread.object is not None:
            thread.object.signal()
        process.threads.remove(thread)
        if not process.threads and process.alive:
            self.end_process(process, 0)

    def end_process(self, process: Process, code: int) -> None:
        """End a process: its other threads, its handles, and what only it kept alive."""
        if process.ended:
            return
        executive = self.executive
        process.ended = True
        process.exit_code = code
        for thread in tuple(process.threads):
            if thread is not executive.current:
                executive.kill(thread)
            if thread.object is not None:
                thread.object.signal()
            if thread in process.threads:
                process.threads.remove(thread)
        self.manager.close_all(process, Call.PROCESS_EXIT)
        for orphan in process.orphans:
            self._end_orphan(orphan)
        process.orphans.clear()
        executive.log((ProcessEnded.kind, process.ident, code))
        process.signal()

    def _end_orphan(self, orphan: KernelObject) -> None:
        """The provider that kept an endpoint goes with its process (Q229658)."""
        orphan.tear_down(graceful=False)  # type: ignore[attr-defined]
        self.manager.ended(orphan)

    def console_output(self, process: Process, stream: int, data: bytes) -> None:
        """Take what a process wrote to its console."""
        self.system.console(process, stream, data)

    def console_input(self, process: Process, size: int) -> bytes:  # noqa: ARG002 - nobody types
        """Return what was typed: nothing, the end of the input."""
        return b""

    # ---- updates ------------------------------------------------------------------------------------------------

    def install(self, hotfix: str) -> None:
        """Install an update; it acts after the next restart."""
        known = [name for name, _ in self.profile.hotfixes]
        if hotfix not in known:
            raise ValueError(f"{self.release} has no update {hotfix!r}; it has {', '.join(known) or 'none'}")
        self.installed = (*self.installed, hotfix)

    def restart(self) -> None:
        """End every process and come up again, with the updates that were installed."""
        for process in tuple(self.processes):
            self.end_process(process, TERMINATED)
        self.profile = profile_of(self.release, self.installed)
        self.host.restart(self.profile)
        note = self.executive.recorder.name
        self.executive.log((MachineStarted.kind, self.ident, note(self.name), note(self.release)))

    def crash(self, down_ns: int) -> None:
        """Stop, all at once: nothing is said to anybody; come up again, remembering nothing, after ``down_ns``.

        Whoever sends to it meanwhile sends in vain; afterwards it is answered by RST (RFC 9293 3.5.1).
        """
        self.host.forget_connections()
        for other in self.system.network.hosts:
            if other is not self.host:
                self.system.network.part_for(self.host, other, down_ns)
        self.restart()


def _program_name(path: str) -> str:
    """Return a program's file name as the file system compares it: without folder and ``.exe``, in lower case."""
    return path.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")


class _Body:
    """What a thread's greenlet runs: the program's function, and the end of the thread behind it."""

    __slots__ = ("body", "machine", "process")

    def __init__(self, machine: Machine, process: Process, body: Callable[[Thread], None]) -> None:
        self.machine = machine
        self.process = process
        self.body = body

    def __call__(self, thread: Thread) -> None:
        executive = thread.executive
        try:
            self.body(thread)
        except Killed:
            if executive.over:
                raise
        except Exception as error:  # noqa: BLE001 - whatever the program raises ends its thread
            if executive.over:
                raise Killed from None
            executive.raised(thread, error)
            self.machine.system.raised(thread, error)
        if thread in self.process.threads:
            self.machine.thread_over(self.process, thread)


class ProcessBuilder:
    """A process that is given its threads before the run: ``@process.thread`` on each one's function."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def thread(self, main: Main) -> Main:
        """Start a thread that runs ``main(api)``."""
        process = self.process

        def body(_thread: Thread) -> None:
            main(process)

        process.machine.start_thread(process, body, main.__name__)
        return main


class System:
    """One run's machines.

    ``release`` is what :meth:`machine` makes unless told otherwise; ``seed`` is for programs that ask for
    randomness; ``strategy`` decides the schedule; ``conditions`` hold for every link between machines;
    ``hotfixes`` are updates that every machine has and was restarted with; ``faults`` may befall any of them.
    ``preempt`` says where else than at calls threads of Python programs may change places (see
    :mod:`notsock.shim.preemption`).  ``find_image`` finds the programs that no scenario installs: Python, where it
    runs.
    """

    def __init__(
        self,
        release: str = CURRENT,
        seed: int = 0,
        strategy: Strategy | None = None,
        budget: Budget | None = None,
        conditions: Conditions = HEALTHY,
        processors: int = 1,
        hotfixes: tuple[str, ...] = (),
        faults: Faults = NO_FAULTS,
        preempt: str = "calls",
    ) -> None:
        self.hotfixes = hotfixes
        self.faults = faults
        self.preempt = preempt
        self.release = release_named(release).name
        self.seed = seed
        self.processors = processors
        self.executive = Executive(strategy, budget)
        if faults.at_gates:
            tap_gates(self.executive, self._at_a_gate)
        self.manager = ObjectManager(self.executive)
        self.network = Network(self.executive, conditions)
        self.machines: list[Machine] = []
        self._crashed: list[Machine] = []
        self.processes: list[Process] = []
        self.output: list[tuple[Process, int, bytes]] = []
        self.errors: list[tuple[Thread, BaseException]] = []
        self.find_image: Callable[[str], Image | None] | None = None
        self.on_output: Callable[[Process, int, bytes], None] | None = None
        self.key_log: Any = None
        self.key_logs: list[Any] = []

    def machine(self, name: str | None = None, release: str | None = None, processors: int | None = None) -> Machine:
        """Add a machine to the network; the first is called ``machine1`` and has the address 10.0.0.1."""
        ident = len(self.machines) + 1
        made = Machine(self, ident, name or f"machine{ident}", release or self.release, processors or self.processors)
        self.machines.append(made)
        return made

    def console(self, process: Process, stream: int, data: bytes) -> None:
        """Keep what a process wrote, and show it to whoever listens."""
        if self.on_output is not None:
            self.on_output(process, stream, data)
        else:
            self.output.append((process, stream, data))

    def tls_keys(self) -> bytes:
        """Return the secrets of the run's TLS connections, as lines of a key log; kept while packets are captured."""
        lines = dict.fromkeys(line for log in self.key_logs for line in log.text().splitlines())
        return b"".join(line + b"\n" for line in lines if not line.startswith(b"#"))

    def _at_a_gate(self, thread: Thread) -> None:
        """Ask whether the current thread's process, or its machine, comes to its end here."""
        process, faults, executive = thread.process, self.faults, self.executive
        if process is None or not process.alive:
            return
        machine: Machine = process.machine
        if faults.kill and executive.choose(f"fault.kill.{process.name}", 2, faults.kill):
            machine.end_process(process, TERMINATED)
        elif (
            faults.crash
            and len(self.machines) > 1
            and machine not in self._crashed
            and executive.choose(f"fault.crash.{machine.name}", 2, faults.crash)
        ):
            self._crashed.append(machine)
            machine.crash(faults.crash_ns)
        else:
            return
        executive.fall_silent()
        raise Killed

    def raised(self, thread: Thread, error: BaseException) -> None:
        """Keep an exception that ended a thread."""
        self.errors.append((thread, error))

    def run(self) -> "Outcome":
        """Run until everything has ended, or nothing can go on."""
        return Outcome(self, self.executive.run())


class Outcome:
    """What a run left behind."""

    __slots__ = ("_trace", "ending", "system")

    def __init__(self, system: System, ending: Ending) -> None:
        self.system = system
        self.ending = ending
        self._trace: Trace | None = None

    @property
    def trace(self) -> Trace:
        """Everything that happened."""
        if self._trace is None:
            self._trace = self.system.executive.recorder.trace()
        return self._trace

    @property
    def digest(self) -> str:
        """The digest of everything that happened."""
        return self.trace.digest

    @property
    def choices(self) -> tuple[int, ...]:
        """Every decision, in order (see :attr:`Executive.choices`)."""
        return tuple(self.system.executive.choices)

    @property
    def roster(self) -> tuple[str, ...]:
        """The names of all actors, by ident."""
        return tuple(name for name, _, _ in self.system.executive.roster)

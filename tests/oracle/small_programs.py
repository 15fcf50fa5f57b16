"""Small programs made from numbers, in Windows' own calls, and what a run of one comes to.

They are the judge of partial-order reduction: small enough that every schedule of thousands of them can be run,
and made of the calls whose conflicts matter.  A program is plain data, so that one that fails can be printed.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from notsock.afd.poll import RECEIVE, Poll
from notsock.detect.judge import judge
from notsock.executive.executive import GLANCE_NS, Budget
from notsock.executive.strategy import Strategy
from notsock.explore.run import Run, Runner, run_of
from notsock.net.links import Conditions
from notsock.objects.io_request import Request
from notsock.shim.preemption import CALLS, LINES
from notsock.shim.python_process import PythonProgram, start_python
from notsock.system import System
from notsock.trace.calls import Call
from notsock.trace.events import (
    AddressClaimed,
    Clock,
    Entered,
    Exited,
    HandleClosed,
    HandleMissed,
    HandleOpened,
    PacketMoved,
    ProcessStarted,
    Stuck,
    ThreadStarted,
    Wrote,
)
from notsock.values.durations import NEVER
from notsock.values.faults import NO_FAULTS, Faults

AF_INET, STREAM, DGRAM = 2, 1, 2
FIONBIO = 0x8004667E
PIPE, DEVICE = "\\\\.\\pipe\\name", "\\\\.\\GLOBALROOT\\Device\\Afd"
OWN = -1
"""The pseudo handle of one's own process."""
Op = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Small:
    """``threads`` are (process, its operations); ``given`` is what each process holds from the beginning."""

    given: tuple[tuple[str, ...], ...]
    threads: tuple[tuple[int, tuple[Op, ...]], ...]
    machines: int = 1
    loss: int = 0
    release: str = "nt4-sp1"
    faults: Faults = NO_FAULTS


@dataclass(frozen=True, slots=True)
class InPython:
    """Programs in Python, a process each; ``preempt`` says where their threads may change places beside calls.

    ``killed``: another process ends the first one when it likes.
    """

    sources: tuple[str, ...]
    preempt: str = CALLS
    killed: bool = False


def act(api: Any, ops: tuple[Op, ...], given: tuple[int, ...]) -> None:
    """Do what one thread's operations say.  A name is a thing given (``g0``) or one that the thread made (``r0``)."""
    mine: list[int] = []

    def number(name: str) -> int:
        place = int(name[1:])
        if name[0] == "g":
            return given[place]
        return mine[place] if place < len(mine) else 0xBAD0

    ws, kernel32, crt = api.ws2_32, api.kernel32, api.crt
    for op in ops:
        what = op[0]
        if what == "socket":
            mine.append(ws.socket(AF_INET, op[1], 0))
        elif what == "event":
            mine.append(kernel32.CreateEvent(False, False))
        elif what == "close":
            kernel32.CloseHandle(number(op[1]))
        elif what == "closesocket":
            ws.closesocket(number(op[1]))
        elif what == "name":
            ws.getsockname(number(op[1]))
        elif what == "bind":
            ws.bind(number(op[1]), ("0.0.0.0", op[2]))
        elif what == "listen":
            ws.listen(number(op[1]), 1)
        elif what == "accept":
            mine.append(ws.accept(number(op[1]))[0])
        elif what == "connect":
            ws.connect(number(op[1]), op[2])
        elif what == "send":
            ws.send(number(op[1]), b"x" * op[2], 0)
        elif what == "recv":
            ws.recv(number(op[1]), 100, 0)
        elif what == "shutdown":
            ws.shutdown(number(op[1]), 1)
        elif what == "sendto":
            ws.sendto(number(op[1]), b"x" * op[2], 0, op[3])
        elif what == "recvfrom":
            ws.recvfrom(number(op[1]), 100, 0)
        elif what == "select":
            ws.select([number(name) for name in op[1]], [], [], op[2])
        elif what == "set":
            kernel32.SetEvent(number(op[1]))
        elif what == "reset":
            kernel32.ResetEvent(number(op[1]))
        elif what == "wait":
            kernel32.WaitForSingleObject(number(op[1]), op[2])
        elif what == "waits":
            kernel32.WaitForMultipleObjects([number(name) for name in op[1]], op[2], op[3])
        elif what == "sleep":
            kernel32.Sleep(op[1])
        elif what == "descriptor":
            mine.append(crt._open_osfhandle(number(op[1]), 0))
        elif what == "crt_close":
            crt._close(number(op[1]))
        elif what == "dup":
            crt._dup(number(op[1]))
        elif what == "mark":
            kernel32.SetHandleInformation(number(op[1]), 2, op[2])
        elif what == "thread":
            mine.append(crt._beginthread(act_of(api, op[1], given)))
        elif what == "startup":
            ws.WSAStartup()
        elif what == "cleanup":
            ws.WSACleanup()
        elif what == "terminate":
            kernel32.TerminateProcess(number(op[1]), 7)
        elif what == "exit":
            kernel32.ExitProcess(3)
        elif not act_overlapped(api, op, number, mine, given):
            raise AssertionError(op)


def act_overlapped(api: Any, op: Op, number: Any, mine: list[int], given: tuple[int, ...]) -> bool:
    """Do what an operation says that begins requests, takes packets, or hands handles on; False for another."""
    what = op[0]
    ws, kernel32 = api.ws2_32, api.kernel32
    if what == "port":
        mine.append(kernel32.CreateIoCompletionPort(-1))
    elif what == "associate":
        kernel32.CreateIoCompletionPort(number(op[1]), number(op[2]), 1)
    elif what == "post":
        kernel32.PostQueuedCompletionStatus(number(op[1]), op[2])
    elif what == "take":
        kernel32.GetQueuedCompletionStatus(number(op[1]), op[2])
    elif what == "takes":
        kernel32.GetQueuedCompletionStatusEx(number(op[1]), 2, op[2])
    elif what == "WSARecv":
        ws.WSARecv(number(op[1]), op[2], 0, Request(op[2]))
    elif what == "WSASend":
        ws.WSASend(number(op[1]), b"x" * op[2], 0, Request(op[2]))
    elif what == "WSARecvFrom":
        ws.WSARecvFrom(number(op[1]), op[2], 0, Request(op[2]))
    elif what == "WSASendTo":
        ws.WSASendTo(number(op[1]), b"x" * op[2], 0, op[3], Request(op[2]))
    elif what == "AcceptEx":
        ws.AcceptEx(number(op[1]), number(op[2]), op[3], Request(1))
    elif what == "ConnectEx":
        ws.ConnectEx(number(op[1]), op[2], Request(2))
    elif what == "DisconnectEx":
        ws.DisconnectEx(number(op[1]), Request(3))
    elif what == "cancel":
        kernel32.CancelIoEx(number(op[1]))
    elif what == "poll":
        kernel32.poll_afd(number(op[1]), ((number(op[2]), RECEIVE),), op[3], Poll)
    elif what == "read":
        kernel32.ReadFile(number(op[1]), 4, *((Request(4),) if op[2] else ()))
    elif what == "write":
        kernel32.WriteFile(number(op[1]), b"x" * op[2], *((Request(5),) if op[3] else ()))
    elif what == "peek":
        kernel32.PeekNamedPipe(number(op[1]))
    elif what == "named pipe":
        mine.append(kernel32.CreateNamedPipe(PIPE, 3, 0, 2))
    elif what == "await":
        kernel32.ConnectNamedPipe(number(op[1]), *((Request(6),) if op[2] else ()))
    elif what == "disconnect":
        kernel32.DisconnectNamedPipe(number(op[1]))
    elif what == "open":
        mine.append(kernel32.CreateFile(PIPE))
    elif what == "duplicate":
        target = OWN if op[2] is None else number(op[2])
        mine.append(kernel32.DuplicateHandle(OWN, number(op[1]), target, 0, False, op[3]))
    elif what == "WSADuplicateSocket":
        ws.WSADuplicateSocket(number(op[1]), op[2])
    elif what == "process":
        mine.append(kernel32.CreateProcess("child", body_of(op[1], given), True)[0])
    elif what == "OpenProcess":
        mine.append(kernel32.OpenProcess(op[1]))
    elif what == "exit code":
        kernel32.GetExitCodeProcess(number(op[1]))
    elif what == "inherit":
        kernel32.SetHandleInformation(number(op[1]), 1, op[2])
    elif what == "release":
        kernel32.ReleaseSemaphore(number(op[1]))
    else:
        return False
    return True


def act_of(api: Any, ops: tuple[Op, ...], given: tuple[int, ...]) -> Any:
    def body() -> None:
        act(api, ops, given)

    return body


def body_of(ops: tuple[Op, ...], given: tuple[int, ...]) -> Any:
    return lambda api: act(api, ops, given)


def system_of(small: Small | InPython, strategy: Strategy) -> System:
    """Return a fresh system with the program's processes, which hold what they were given."""
    if isinstance(small, InPython):
        system = System("11", strategy=strategy, preempt=small.preempt, budget=Budget(events_max=400_000))
        machine = system.machine()
        for place, source in enumerate(small.sources):
            start_python(machine.create_process(f"p{place}", None), compiled(source))
        if small.killed:
            killer = machine.process("killer")
            killer.thread(body_of((("terminate", "g0"),), (process_handle(killer.process, machine.processes[0]),)))
        return system
    conditions = Conditions(loss=small.loss)
    budget = Budget(events_max=400_000)
    system = System(small.release, strategy=strategy, conditions=conditions, budget=budget, faults=small.faults)
    machines = [system.machine() for _ in range(small.machines)]
    builders = []
    for place, given in enumerate(small.given):
        builder = machines[place % len(machines)].process(f"p{place}")
        builders.append((builder, hold(builder.process, given, builders)))
    for process, ops in small.threads:
        builder, given_numbers = builders[process]
        builder.thread(body_of(ops, given_numbers))
    return system


@lru_cache(maxsize=2)
def compiled(source: str) -> PythonProgram:
    """Return a program that has been read once; those of the last run are kept, which may be two."""
    return PythonProgram(source=source)


def hold(api: Any, given: tuple[str, ...], others: list[Any]) -> tuple[int, ...]:
    """Make, before the run, what a process is given."""
    ws = api.ws2_32
    ws.WSAStartup()
    numbers: list[int] = []
    for word in given:
        kind, _, port = word.partition(":")
        if kind == "event":
            numbers.append(api.kernel32.CreateEvent(False, port == "set"))
        elif kind == "manual":
            numbers.append(api.kernel32.CreateEvent(True, False))
        elif kind in ("udp", "tcp", "listener"):
            s = ws.socket(AF_INET, DGRAM if kind == "udp" else STREAM, 0)
            if port:
                ws.bind(s, ("0.0.0.0", int(port)))
            if kind == "listener":
                ws.listen(s, 1)
            numbers.append(s)
        elif kind == "process":
            numbers.append(process_handle(api, others[int(port)][0].process))
        elif kind == "pair":
            numbers += connected(ws)
        elif kind == "port":
            numbers.append(api.kernel32.CreateIoCompletionPort(-1))
        elif kind == "device":
            numbers.append(api.kernel32.CreateFile(DEVICE))
        elif kind == "semaphore":
            numbers.append(api.kernel32.CreateSemaphore(int(port), 2))
        elif kind == "pipe":
            numbers += api.kernel32.CreatePipe(int(port or 0), True)
        elif kind == "server":
            numbers.append(api.kernel32.CreateNamedPipe(PIPE, 3, 0, 2))
        else:
            raise AssertionError(word)
    return tuple(numbers)


def connected(ws: Any) -> tuple[int, int]:
    """Return the two ends of a connection."""
    listener, client = ws.socket(AF_INET, STREAM, 0), ws.socket(AF_INET, STREAM, 0)
    ws.bind(listener, ("127.0.0.1", 90))
    ws.listen(listener, 1)
    ws.ioctlsocket(client, FIONBIO, 1)
    ws.connect(client, ("127.0.0.1", 90))
    ws.ioctlsocket(client, FIONBIO, 0)
    server = ws.accept(listener)[0]
    ws.closesocket(listener)
    return client, server


def process_handle(api: Any, other: Any) -> int:
    return int(api.kernel32.OpenProcess(other.process_id))


def runner(small: Small | InPython) -> Runner:
    """Return what runs a program under a strategy; nothing is looked for in its runs."""

    def run(strategy: Strategy) -> Run:
        system = system_of(small, strategy)
        system.run()
        assert not system.errors, system.errors
        return run_of(system.executive)

    return run


def judged(run: Run) -> Run:
    """Return a run with what the rules find in it."""
    return replace(run, findings=judge(run.trace).evidence)


# ---- what a run comes to -----------------------------------------------------------------------------------------

def outcome(run: Run) -> tuple[Any, ...]:
    """Return what every thread saw, call by call, the objects it closed or missed, and how all ended.

    Objects are named by who made them, so that the same outcome of two schedules is equal; handle numbers stay as they
    are, since the relation under test keeps them too.
    """
    threads: dict[int, str] = {0: ""}
    things: dict[int, str] = {0: ""}
    made: dict[str, int] = {}
    seen: dict[str, list[Any]] = {}
    table: dict[tuple[int, int], str] = {}
    ports: list[tuple[str, int]] = []
    counts: dict[str, int] = {}
    wrote: list[Any] = []
    moved = 0
    now = clock = 0

    def see(thread: int, *what: Any) -> None:
        seen.setdefault(threads[thread], []).append(what)

    names = run.trace.names
    for _, record in run.trace.records():
        kind = record[0]
        if kind == Entered.kind:
            see(record[1], record[2], _first(record[2], record[3]), record[4])
        elif kind == Exited.kind:
            if record[2] == Call.THREAD_JOIN and record[3] and seen[threads[record[1]]][-1][0] == Call.THREAD_JOIN:
                seen[threads[record[1]]].pop()  # a thread that had ended already is joined without a call
                continue
            result = threads[record[3]] if record[2] == Call.THREAD_START else record[3]
            see(record[1], record[2], result, *record[4:], now)
        elif kind == Clock.kind:  # who looks at a clock moves it by a little, which only those see who look too
            moved_ns, clock = record[1] - clock, record[1]
            now = now if moved_ns == GLANCE_NS else clock
        elif kind == PacketMoved.kind:
            moved += 1
        elif kind == ThreadStarted.kind:
            name = names[record[3]]
            counts[name] = counts.get(name, 0) + 1
            threads[record[1]] = f"{name}#{counts[name]}"
        elif kind == ProcessStarted.kind:
            things[record[1]] = names[record[4]]
        elif kind == HandleOpened.kind:
            _, thread, process, handle, thing, _ = record
            who = threads[thread]
            if thing not in things:
                made[who] = made.get(who, 0) + 1
                things[thing] = f"{who}.{made[who]}"
            table[process, handle] = things[thing]
            see(thread, "opened", handle, things[thing])
        elif kind == HandleClosed.kind:
            _, thread, process, handle, thing, _, left = record
            table.pop((process, handle), None)
            see(thread, "closed", handle, things.get(thing), left)
        elif kind == HandleMissed.kind:
            see(record[1], "missed", record[3], things.get(record[4]))
        elif kind == AddressClaimed.kind:
            ports.append((things.get(record[4], ""), record[7]))
        elif kind == Wrote.kind:
            wrote.append(tuple(record[1:]))
        elif kind == Stuck.kind:
            see(record[1], "stuck", record[2], _first(record[2], record[3]))
    found = tuple(sorted({(finding.rule, repr(finding.key)) for finding in run.findings}))
    locks: dict[int, int] = {}
    return (
        tuple(sorted((name, _naming_locks(events, locks)) for name, events in sorted(seen.items()))),
        tuple(sorted(table.items())), tuple(sorted(ports)), tuple(sorted(wrote)), moved, run.ending, found,
    )  # fmt: skip


class _Lock(int):
    """The number of a lock: the machine numbers them as they are first used, an order that nothing may depend on."""


def _first(call: int, first: int) -> int:
    return _Lock(first) if call in (Call.LOCK_ACQUIRE, Call.LOCK_RELEASE) else first


def _naming_locks(events: list[Any], names: dict[int, int]) -> tuple[Any, ...]:
    """Return what a thread saw, with locks numbered as the threads, by name, come to them."""
    return tuple(
        tuple(names.setdefault(each, len(names) + 1) if isinstance(each, _Lock) else each for each in event)
        for event in events
    )


# ---- making programs ---------------------------------------------------------------------------------------------

INFINITE = 0xFFFFFFFF
Weighted = tuple[int, Any]


def _pick(stream: random.Random, *weighted: Weighted) -> Any:
    return stream.choices([each for _, each in weighted], [weight for weight, _ in weighted])[0]


def handles(stream: random.Random) -> Small:
    """Threads of one process that open, use and close each other's numbers."""
    given = tuple(stream.choice(("udp", "event", "tcp")) for _ in range(stream.randint(1, 2)))
    count = _pick(stream, (3, 2), (2, 3))
    lengths = [stream.randint(1, 3), stream.randint(1, 2)] if count == 2 else [stream.randint(1, 2), 1, 1]
    return Small((given,), tuple((0, _on_handles(stream, len(given), length)) for length in lengths))


def _on_handles(stream: random.Random, given: int, length: int) -> tuple[Op, ...]:
    names = [f"g{place}" for place in range(given)]
    ops: list[Op] = []
    for _ in range(length):
        one = stream.choice(names)
        op = _pick(
            stream, (3, ("socket", DGRAM)), (2, ("event",)), (4, ("close", one)), (2, ("closesocket", one)),
            (2, ("name", one)), (1, ("set", one)), (1, ("descriptor", one)), (1, ("crt_close", one)),
            (1, ("mark", one, stream.choice((0, 2)))), (1, ("bind", one, 7)), (1, ("wait", one, INFINITE)),
            (1, ("thread", (("close", one),))), (1, ("cleanup",)),
        )  # fmt: skip
        if op[0] in ("socket", "event", "descriptor"):
            names.append(f"r{len(names) - given}")
        ops.append(op)
    return tuple(ops)


def mixed(stream: random.Random) -> Small:
    """Threads and processes that wait for each other, share ports, and talk over a network that may lose."""
    make = _pick(
        stream, (3, _waiting), (3, _ports), (3, _datagrams), (2, _senders), (2, _streams), (2, _processes)
    )  # fmt: skip
    return make(stream)  # type: ignore[no-any-return]


def _waiting(stream: random.Random) -> Small:
    """Threads with two events."""
    def one() -> Op:
        event = stream.choice(("g0", "g1"))
        return _pick(  # type: ignore[no-any-return]
            stream, (3, ("wait", event, INFINITE)), (3, ("set", event)), (1, ("reset", event)), (1, ("close", event)),
            (1, ("waits", ("g0", "g1"), stream.choice((True, False)), INFINITE)),
        )  # fmt: skip

    given = tuple(stream.choice(("event", "event:set", "manual")) for _ in range(2))
    lengths = _pick(stream, (2, (2, 2)), (1, (3, 1)), (2, (1, 1, 1)), (1, (2, 1, 1)))
    return Small((given,), tuple((0, tuple(one() for _ in range(length))) for length in lengths))


def _ports(stream: random.Random) -> Small:
    """Processes that want ports, the same or not."""
    count = _pick(stream, (4, 2), (1, 3))
    after = ((2, ("name", "g0")), (2, ("closesocket", "g0")), (1, ("sendto", "g0", 3, ("127.0.0.1", 7))))
    threads = []
    for place in range(count):
        ops = [("bind", "g0", stream.choice((7, 7, 8, 1025, 0)))]
        if count == 2 and stream.random() < 0.7:
            ops.append(_pick(stream, *after))
        threads.append((place, tuple(ops)))
    given = tuple((stream.choice(("udp", "udp", "tcp")),) for _ in range(count))
    return Small(given, tuple(threads), release=stream.choice(("nt4-sp1", "11", "98")))


def _datagrams(stream: random.Random) -> Small:
    """Datagrams between two processes, on one machine or two, where they may get lost."""
    loss = stream.choice((0, 0, 100))
    machines = 2 if loss else stream.choice((1, 2))
    to = ("10.0.0.1", 7) if machines == 2 else ("127.0.0.1", 7)
    hears = ((3, ("recvfrom", "g0")), (1, ("closesocket", "g0")), (1, ("sendto", "g0", 4, to)))
    says = ((3, ("sendto", "g0", 1, to)), (1, ("sendto", "g0", 2, to)), (1, ("closesocket", "g0")))
    first = tuple(_pick(stream, *hears) for _ in range(stream.randint(1, 2)))
    second = tuple(_pick(stream, *says) for _ in range(stream.randint(1, 2)))
    threads: tuple[tuple[int, tuple[Op, ...]], ...] = ((0, first), (1, second))
    if len(first) + len(second) == 2 and not loss:
        threads += ((stream.choice((0, 1)), (("sendto", "g0", 5, to),)),)
    return Small((("udp:7",), ("udp",)), threads, machines, loss, stream.choice(("nt4-sp1", "11")))


def _senders(stream: random.Random) -> Small:
    """Two threads, or processes, of one machine that send to another, where one datagram is read or none."""
    to = ("10.0.0.1", 7)
    ops = ((4, ("sendto", "g0", 1, to)), (2, ("sendto", "g0", 2, to)), (1, ("bind", "g0", 7)), (1, ("name", "g0")))
    hears = _pick(stream, (3, ((0, (("recvfrom", "g0"),)),)), (2, ()), (1, ((0, (("closesocket", "g0"),)),)))
    together = stream.random() < 0.5
    says = tuple((1 if together or not place else 3, (_pick(stream, *ops),)) for place in range(2))
    given: tuple[tuple[str, ...], ...] = (("udp:7",), ("udp",), (), ("udp",))  # processes take machines in turn
    return Small(given[: 2 if together else 4], (*hears, *says), machines=2, release=stream.choice(("nt4-sp1", "11")))


def _streams(stream: random.Random) -> Small:
    """A connection, of which either side may have enough."""
    server = _pick(
        stream, (3, (("accept", "g0"),)), (2, (("accept", "g0"), ("closesocket", "r0"))), (2, (("closesocket", "g0"),)),
        (1, (("accept", "g0"), ("recv", "r0"))), (1, (("accept", "g0"), ("send", "r0", 2))),
    )  # fmt: skip
    client: tuple[Op, ...] = (("connect", "g0", ("127.0.0.1", 80)),)
    if len(server) == 1:
        more = ((2, ("send", "g0", 3)), (1, ("recv", "g0")), (1, ("closesocket", "g0")), (1, ("shutdown", "g0")))
        client += (_pick(stream, *more),)
    return Small((("listener:80",), ("tcp",)), ((0, server), (1, client)))


def _processes(stream: random.Random) -> Small:
    """A process with two threads that another process, or one of the threads, may end."""
    ends = _pick(stream, (2, (("terminate", "g1"),)), (1, (("exit",),)), (1, (("set", "g0"), ("terminate", "g1"))))
    others = ((2, ("set", "g0")), (2, ("wait", "g0", INFINITE)), (1, ("exit",)), (1, ("socket", DGRAM)))
    first = tuple(_pick(stream, *others) for _ in range(stream.randint(1, 2)))
    second = (_pick(stream, *others),)
    threads: tuple[tuple[int, tuple[Op, ...]], ...] = ((0, first), (0, second))
    return Small((("event",), ("event", "process:0")), (*threads, (1, ends)))


def timed(stream: random.Random) -> Small:
    """Threads that sleep, and that wait for so long and no longer."""
    def one() -> Op:
        milliseconds = stream.choice((1, 2, 3))
        return _pick(  # type: ignore[no-any-return]
            stream, (3, ("wait", "g0", milliseconds)), (1, ("wait", "g0", INFINITE)), (3, ("set", "g0")),
            (3, ("sleep", milliseconds)), (1, ("reset", "g0")), (1, ("close", "g0")),
            (2, ("select", ("g1",), stream.choice((1_000_000, 2_000_000, None)))), (1, ("wait", "g0", 0)),
            (1, ("sleep", 0)), (2, ("sendto", "g1", 3, ("127.0.0.1", 7))), (1, ("event",)), (1, ("socket", DGRAM)),
        )  # fmt: skip

    given = (stream.choice(("event", "manual", "event:set")), "udp:7")
    lengths = _pick(stream, (2, (2, 2)), (2, (3, 1)), (3, (1, 1, 1)), (2, (2, 1, 1)))
    return Small((given,), tuple((0, tuple(one() for _ in range(length))) for length in lengths))


def faulty(stream: random.Random) -> Small:
    """Programs whose calls may be refused, and whose processes may be killed between any two steps."""
    faults, make = _pick(
        stream, (3, (Faults(nobufs=100), _refused)), (2, (Faults(handles=stream.randint(2, 4)), _refused)),
        (2, (Faults(backlog=100), _streams)), (3, (Faults(kill=100), _killed)),
    )  # fmt: skip
    return replace(make(stream), faults=faults)


def _refused(stream: random.Random) -> Small:
    """Handles whose sockets may be refused, but for what is given: that is there before anything goes wrong."""
    small = handles(stream)
    return replace(small, given=(("event",) * len(small.given[0]),))


def _killed(stream: random.Random) -> Small:
    """Two processes of which each is short enough to be killed at every place."""
    ops = ((2, ("set", "g0")), (2, ("socket", DGRAM)), (2, ("close", "g0")), (1, ("wait", "g0", INFINITE)))
    second = _pick(stream, (2, (("wait", "g1", INFINITE),)), (1, (("terminate", "g1"),)), (1, (("set", "g0"),)))
    victim: tuple[int, tuple[Op, ...]] = (0, (_pick(stream, *ops),))
    again = (victim,) if stream.random() < 0.3 else ()
    return Small((("event",), ("event", "process:0")), (victim, *again, (1, second)))


def interrupted(stream: random.Random) -> InPython:
    """Python programs: two threads that share variables, or processes beside each other, one of which may be killed."""
    make = _pick(stream, (5, _joined), (5, _left_alone), (2, _beside))
    return make(stream)  # type: ignore[no-any-return]


_LINES = (
    "x += 1", "x = x * 2", "seen.append(x)", "y = x", "x = y + 1", "os.write(1, bytes([x & 255]))", "x, y = y, x",
    "y -= x", "seen.append(y)", "x = len(seen)", "y = 5 if x > 1 else 0", "seen[:] = [y]",
)  # fmt: skip


def _joined(stream: random.Random) -> InPython:
    """A thread and a main program that waits for it and writes what they came to."""
    one, other = _bodies(stream, 3)
    source = (
        f"import _thread, os\nx, y, seen, over = 1, 1, [], _thread.allocate_lock()\nover.acquire()\n"
        f"def a():\n    global x, y\n    {one}\n    over.release()\n_thread.start_new_thread(a, ())\n{other}\n"
        "over.acquire()\nos.write(1, repr((x, y, seen)).encode())\n"
    )
    return InPython((source,), LINES)


def _left_alone(stream: random.Random) -> InPython:
    """A thread whose main program does not wait for it: its process ends where it happens to be."""
    one, other = _bodies(stream, 4)
    source = (
        f"import _thread, os\nx, y, seen = 1, 1, []\ndef a():\n    global x, y\n    {one}\n"
        f"_thread.start_new_thread(a, ())\n{other}\nos.write(1, repr((x, y, seen)).encode())\n"
    )
    return InPython((source,), LINES)


def _bodies(stream: random.Random, most: int) -> tuple[str, str]:
    """Return the lines of a thread and of its main program, at most so many together."""
    one = stream.randint(1, 2)
    other = stream.randint(1, min(2, most - one))
    lines, rest = ([stream.choice(_LINES) for _ in range(length)] for length in (one, other))
    return "\n    ".join(lines), "\n".join(rest)


def _beside(stream: random.Random) -> InPython:
    """Two processes that share nothing but their machine, or one that another may kill at any line."""
    writes = ("import os; os.write(1, b'1')", "import os; os.write(2, b'22')")
    lines = ("x = 1", "import os", "x = 1; y = 2", "pass", *writes)
    lengths = stream.choice(((1, 1), (2, 1), (3, 1)))
    sources = tuple("\n".join(stream.choice(lines) for _ in range(length)) for length in lengths)
    return InPython(sources[:1], LINES, killed=True) if stream.random() < 0.6 else InPython(sources, LINES)


def disciplined(stream: random.Random) -> InPython:
    """A Python program whose threads change what they share only as their calls allow: under a lock, or handed over."""
    return _threads(stream, _DISCIPLINED)


def threaded(stream: random.Random) -> InPython:
    """A Python program whose threads also change what they share between two calls, as they come."""
    return _threads(stream, (*_DISCIPLINED, *_UNDISCIPLINED * 12))


_DISCIPLINED = (
    "with lock: x += 1", "with lock: x = x * 2", "with lock: seen.append(x)", "with again: y += 1",
    "if lock.acquire(False): x += 1; lock.release()", "os.write(1, bytes([lock.locked()]))",
    "q.put({n})", "took(q.get())", "took(q.get_nowait())", "simple.put({n})", "took(simple.get())",
    "event.set()", "event.wait()", "event.clear()", "os.write(1, bytes([event.is_set()]))",
    "a.sendto(b'{n}', ('127.0.0.1', 7))", "took(b.recv(9))", "b.close()", "b.getsockname()", "os.write(1, b'{n}')",
    "os.write(1, bytes([b.fileno() == -1]))", "a.close()", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "with held: held.notify()", "with held: held.wait()",
)  # fmt: skip
_UNDISCIPLINED = (
    "a.getsockname(); x += 1; a.getsockname()", "b.getsockname(); x = x * 2; b.getsockname()", "seen.append(x)",
    "a.getsockname(); seen.append(x)", "x += 1",
)  # fmt: skip


def _threads(stream: random.Random, lines: Sequence[str]) -> InPython:
    """A thread of one to three statements beside a main program of as many, or two threads of one each."""
    first, second, rest = _pick(stream, (3, (2, 0, 1)), (3, (1, 0, 2)), (2, (1, 1, 0)), (1, (3, 0, 1)), (2, (1, 0, 1)))
    bodies = [[stream.choice(lines).format(n=stream.randint(1, 9)) for _ in range(count)] for count in (first, second)]
    main = [stream.choice(lines).format(n=stream.randint(1, 9)) for _ in range(rest)]
    if stream.random() < 0.2:
        main.append("os.write(1, bytes([t0.is_alive()]))")
    functions = "".join(
        f"def f{place}():\n    global x, y\n    {_guarded(body, 4)}\n" for place, body in enumerate(bodies) if body
    )
    started = [place for place, body in enumerate(bodies) if body]
    source = (
        _PREAMBLE
        + functions
        + "".join(f"t{place} = threading.Thread(target=f{place})\n" for place in started)
        + "".join(f"t{place}.start()\n" for place in started)
        + _guarded(main, 0)
        + "".join(f"\nt{place}.join()" for place in started)
        + "\nos.write(1, repr((x, y, seen)).encode())\n"
    )
    return InPython((source,))


_PREAMBLE = """\
import os, queue, socket, threading
x, y, seen = 1, 1, []
lock, again, event = threading.Lock(), threading.RLock(), threading.Event()
q, simple, held = queue.Queue(), queue.SimpleQueue(), threading.Condition(lock)
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
b.bind(("127.0.0.1", 7))
def took(thing):
    os.write(1, repr(thing).encode())
"""


def _guarded(lines: Sequence[str], indent: int) -> str:
    """Return statements that may fail, each on its own."""
    failed = "except (OSError, ValueError, queue.Empty) as e:\n    os.write(1, type(e).__name__.encode())"
    guarded = [f"try:\n    {line}\n{failed}" for line in lines]
    return "\n".join(guarded).replace("\n", "\n" + " " * indent)


def overlapped(stream: random.Random) -> Small | InPython:
    """Requests and completion ports, pipes, handles that are handed on, processes that come and go, clocks."""
    make = _pick(
        stream, (6, _ported), (3, _connected), (2, _polled), (3, _piped), (3, _named), (3, _handed_on), (1, _clocks)
    )
    return make(stream)  # type: ignore[no-any-return]


_LENGTHS = ((2, (2, 1)), (1, (3, 1)), (2, (2, 2)), (2, (1, 1, 1)), (1, (2, 1, 1)))


def _some_threads(stream: random.Random, *ops: Weighted) -> tuple[tuple[int, tuple[Op, ...]], ...]:
    lengths = _pick(stream, *_LENGTHS)
    return tuple((0, tuple(_pick(stream, *ops) for _ in range(length))) for length in lengths)


def _ported(stream: random.Random) -> Small:
    """Threads that post to a port, take from it, and use a datagram's socket that tells it."""
    wait = stream.choice((INFINITE, 2))
    to = ("127.0.0.1", 7)
    first: tuple[Op, ...] = (("associate", "g0", "g1"),)
    threads = _some_threads(
        stream, (4, ("post", "g1", 1)), (4, ("post", "g1", 2)), (5, ("take", "g1", wait)), (2, ("take", "g1", 0)),
        (1, ("takes", "g1", INFINITE)), (3, ("WSARecvFrom", "g0", 100)), (1, ("WSARecvFrom", "g0", 2)),
        (1, ("WSASendTo", "g2", 3, to)), (2, ("sendto", "g2", 4, to)), (1, ("cancel", "g0")), (1, ("close", "g1")),
        (1, ("closesocket", "g0")),
    )  # fmt: skip
    threads = ((0, first + threads[0][1]), *threads[1:])
    return Small((("udp:7", "port", "udp"),), threads, release=stream.choice(("11", "11", "nt4-sp2")))


def _connected(stream: random.Random) -> Small:
    """Two ends of a connection with requests on them, or a listener with AcceptEx."""
    if stream.random() < 0.4:
        accept = ("AcceptEx", "g0", "g1", 0)
        server = _pick(
            stream, (3, (accept,)), (2, (("AcceptEx", "g0", "g1", 10),)), (1, (accept, ("cancel", "g0"))),
            (1, (accept, ("closesocket", "g0"))), (1, (accept, ("closesocket", "g1"))),
        )  # fmt: skip
        take: tuple[Op, ...] = (("take", "g2", INFINITE),)
        client = _pick(stream, (2, (("connect", "g0", ("127.0.0.1", 80)), ("send", "g0", 3))),
                       (2, (("bind", "g0", 0), ("ConnectEx", "g0", ("127.0.0.1", 80)))))  # fmt: skip
        first = (("associate", "g0", "g2"), *server, *take)
        return Small((("listener:80", "tcp", "port"), ("tcp",)), ((0, first), (1, client)), release="11")
    threads = _some_threads(
        stream, (4, ("WSARecv", "g0", 100)), (1, ("WSARecv", "g0", 1)), (3, ("WSASend", "g1", 3)),
        (2, ("send", "g1", 2)),
        (1, ("recv", "g0")), (1, ("DisconnectEx", "g1")), (1, ("closesocket", "g1")), (1, ("closesocket", "g0")),
        (1, ("cancel", "g0")), (2, ("take", "g2", INFINITE)), (1, ("select", ("g0",), None)),
    )  # fmt: skip
    threads = ((0, (("associate", "g0", "g2"), *threads[0][1])), *threads[1:])
    return Small((("pair", "port"),), threads, release="11")


def _polled(stream: random.Random) -> Small:
    """Polls on a handle of AFD, whose port is told."""
    threads = _some_threads(
        stream, (4, ("poll", "g0", "g1", NEVER)), (1, ("poll", "g0", "g1", 0)), (1, ("poll", "g0", "g2", NEVER)),
        (3, ("sendto", "g2", 3, ("127.0.0.1", 7))), (2, ("recvfrom", "g1")), (1, ("cancel", "g0")),
        (3, ("take", "g3", INFINITE)), (1, ("closesocket", "g1")), (1, ("close", "g0")),
    )  # fmt: skip
    threads = ((0, (("associate", "g0", "g3"), *threads[0][1])), *threads[1:])
    return Small((("device", "udp:7", "udp", "port"),), threads, release="11")


def _piped(stream: random.Random) -> Small:
    """Both ends of an anonymous pipe, in one process or with a child that inherits them."""
    ops = (
        (4, ("read", "g0", False)), (2, ("read", "g0", True)), (4, ("write", "g1", 3, False)),
        (2, ("write", "g1", 9, True)),
        (2, ("close", "g0")), (2, ("close", "g1")), (1, ("peek", "g0")), (1, ("cancel", "g0")), (1, ("cancel", "g1")),
        (1, ("duplicate", "g1", None, 2)), (1, ("event",)), (1, ("release", "g2")), (1, ("wait", "g2", INFINITE)),
    )  # fmt: skip
    threads = _some_threads(stream, *ops)
    if stream.random() < 0.4:
        child = tuple(_pick(stream, *ops) for _ in range(stream.randint(1, 2)))
        threads = ((0, (("process", child), *threads[0][1][:2])),)
    return Small((("pipe:4", f"semaphore:{stream.choice((0, 1))}"),), threads, release="11")


def _named(stream: random.Random) -> Small:
    """A named pipe's server, and clients in another process."""
    server = tuple(
        _pick(
            stream, (3, ("await", "g0", False)), (2, ("await", "g0", True)), (2, ("read", "g0", False)),
            (1, ("close", "g0")),
            (1, ("write", "g0", 2, False)), (1, ("disconnect", "g0")), (1, ("named pipe",)), (1, ("read", "g0", True)),
        )
        for _ in range(stream.randint(1, 3))
    )  # fmt: skip
    client: tuple[Op, ...] = (("open",),)
    client += tuple(
        _pick(
            stream, (3, ("write", "r0", 3, False)), (2, ("read", "r0", False)), (2, ("close", "r0")), (1, ("open",)),
            (1, ("read", "r0", True)),
        )
        for _ in range(stream.randint(0, 2))
    )  # fmt: skip
    again: tuple[tuple[int, tuple[Op, ...]], ...] = ((1, (("open",),)),) if stream.random() < 0.4 else ()
    return Small((("server",), ()), ((0, server), (1, client), *again), release="11")


def _handed_on(stream: random.Random) -> Small:
    """Handles for another process, which ends, is ended, or has ended; and children that inherit."""
    other = _pick(stream, (2, (("close", "g0"),)), (1, (("exit",),)), (2, (("wait", "g0", INFINITE),)),
                  (1, (("event",), ("exit",))), (1, (("inherit", "g0", 1),)))  # fmt: skip
    ops = (
        (4, ("duplicate", "g0", "g1", 2)), (1, ("duplicate", "g0", "g1", 3)), (1, ("duplicate", "g0", None, 2)),
        (3, ("terminate", "g1")), (2, ("exit code", "g1")), (1, ("wait", "g1", INFINITE)), (2, ("set", "g0")),
        (2, ("WSADuplicateSocket", "g2", 1000)), (1, ("OpenProcess", 1000)), (2, ("close", "g1")),
        (1, ("closesocket", "g2")),
        (1, ("process", (("close", "g0"),))), (1, ("inherit", "g0", stream.choice((0, 1)))), (1, ("exit",)),
    )  # fmt: skip
    first = tuple(_pick(stream, *ops) for _ in range(stream.randint(1, 3)))
    second = ((1, (_pick(stream, *ops),)),) if stream.random() < 0.5 else ()
    release = stream.choice(("11", "98"))
    return Small((("event",), ("event", "process:0", "udp")), ((0, other), (1, first), *second), release=release)


def _clocks(stream: random.Random) -> InPython:
    """Two Python programs that look at the clock, at what has become of a request, and at each other's datagrams."""
    looks = ("say(time.monotonic_ns())", "time.sleep(0.001)", "say(time.time_ns())", "os.write(1, b'1')")
    waits = (
        "say(o.pending)", "say(take(p, 0))", "say(take(p, 5))", "o.cancel()", "say(o.pending)", "w = wait()",
        "say(take(p, 5)); say(o.pending or o.getresult())",
    )  # fmt: skip
    reader = [stream.choice(waits + looks[:2]) for _ in range(stream.randint(1, 2))]
    sender = [stream.choice(("s.sendto(b'xyz', ('127.0.0.1', 7))", *looks)) for _ in range(stream.randint(1, 2))]
    return InPython((_READER + _guarded(reader, 0) + _END, _SENDER + _guarded(sender, 0) + _END))


_READER = """import os, queue, socket, time, _overlapped
from _overlapped import CreateIoCompletionPort as make, GetQueuedCompletionStatus as take
say = lambda what: os.write(1, repr(what).encode())
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 7))
p = make(-1 & 0xFFFFFFFFFFFFFFFF, 0, 0, 0)
make(s.fileno(), p, 1, 0)
o = _overlapped.Overlapped(0)
o.WSARecvFrom(s.fileno(), 100)
e = _overlapped.CreateEvent(None, True, True, None)
wait = lambda: _overlapped.RegisterWaitWithQueue(e, p, 64, 0xFFFFFFFF)
time.sleep(1)
"""
_SENDER = """import os, queue, socket, time
say = lambda what: os.write(1, repr(what).encode())
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
time.sleep(1)
"""
_END = "\nos._exit(0)\n"


PROFILES = {
    "handles": handles, "mixed": mixed, "timed": timed, "faulty": faulty, "interrupted": interrupted,
    "threaded": threaded, "disciplined": disciplined, "overlapped": overlapped,
}  # fmt: skip


def program(profile: str, number: int) -> Small | InPython:
    """Return a profile's program of a number, the same everywhere."""
    return PROFILES[profile](random.Random(f"{profile}/{number}"))


def numbers_of(profile: str) -> Iterator[int]:
    """Yield the numbers of a profile's programs, each program once."""
    seen: set[Small | InPython] = set()
    for number in itertools.count():
        drawn = program(profile, number)
        if drawn not in seen:
            seen.add(drawn)
            yield number
        assert len(seen) * 20 > number, f"{profile} has no more programs than {len(seen)}"

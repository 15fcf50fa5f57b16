"""Small programs with known bugs, on the executive alone: a handle table, ports, variables, a lock, a network.

They know nothing of Windows beyond what the search must cope with: numbers are handed out again, most recently
freed first; a port is claimed in two steps; threads wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notsock.executive.actors import Actor
from notsock.executive.executive import Budget, Executive
from notsock.executive.strategy import Strategy
from notsock.explore.run import Run, Runner, run_of
from notsock.trace.calls import Call
from notsock.trace.events import Ending


@dataclass(frozen=True, slots=True)
class Found:
    rule: str
    key: tuple[Any, ...] = ()


class World:
    """One process's handle table, a host's ports, shared variables, locks and queues."""

    def __init__(self, executive: Executive) -> None:
        self.executive = executive
        self.table: dict[int, int] = {}
        self.free: list[int] = []
        self.objects = 0
        self.owners: dict[int, int] = {}
        self.variables: dict[str, int] = {}
        self.locked: dict[str, bool] = {}
        self.waiting: dict[str, list[Any]] = {}
        self.queues: dict[str, int] = {}
        self.found: list[Found] = []

    def thread(self, name: str, *body: Callable[[], object], machine: int = 1, processors: int = 1) -> None:
        def run(_: object) -> None:
            for step in body:
                step()

        self.executive.start(name, None, run, machine, processors)

    def call(self, call: Call, first: int, act: Callable[[], int]) -> int:
        self.executive.enter(call, first)
        result = act()
        self.executive.leave(call, result)
        return result

    # handles

    def open(self) -> int:
        def act() -> int:
            number = self.free.pop() if self.free else 4 * (len(self.table) + len(self.free) + 1)
            self.objects += 1
            self.table[number] = self.objects
            return number

        return self.call(Call.SOCKET, 0, act)

    def means(self, number: int) -> int:
        return self.table.get(number, 0)

    def close(self, number: int, meant: int) -> None:
        def act() -> int:
            if number not in self.table:
                self.found.append(Found("closed-twice"))
                return -1
            if self.table[number] != meant:
                self.found.append(Found("stale-close"))
            del self.table[number]
            self.free.append(number)
            return 0

        self.call(Call.CLOSESOCKET, number, act)

    def use(self, number: int, meant: int) -> None:
        def act() -> int:
            if self.table.get(number) != meant:
                self.found.append(Found("victim"))
            return 0

        self.call(Call.SEND, number, act)

    # ports

    def claim(self, port: int) -> None:
        def act() -> int:
            taken = self.owners.get(port, 0)
            self.executive.step("toy.bind.looked-up")
            if not taken:
                self.owners[port] = self.owners.get(port, 0) + 1
                if self.owners[port] > 1:
                    self.found.append(Found("two-owners", (self.owners[port],)))
            return 0

        self.call(Call.BIND, port, act)

    def claim_fixed(self, port: int) -> None:
        def act() -> int:
            self.executive.step("toy.bind.looked-up")
            taken = self.owners.get(port, 0)
            if not taken:
                self.owners[port] = 1
            return 0

        self.call(Call.BIND, port, act)

    # variables

    def load(self, name: str) -> int:
        return self.call(Call.RECV, 0, lambda: self.variables.get(name, 0))

    def store(self, name: str, value: int) -> None:
        def act() -> int:
            self.variables[name] = value
            return 0

        self.call(Call.SEND, 0, act)

    def increment(self, name: str) -> None:
        self.store(name, self.load(name) + 1)

    def pad(self, times: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(times):
                self.call(Call.TIME, 0, lambda: 0)

        return run

    # waiting

    def acquire(self, name: str) -> None:
        def act() -> int:
            while self.locked.get(name):
                self.waiting.setdefault(name, []).append(self.executive.current)
                self.executive.wait()
            self.locked[name] = True
            return 0

        self.call(Call.LOCK_ACQUIRE, 0, act)

    def release(self, name: str) -> None:
        def act() -> int:
            self.locked[name] = False
            for thread in self.waiting.pop(name, []):
                self.executive.wake(thread)
            return 0

        self.call(Call.LOCK_RELEASE, 0, act)

    def receive(self, name: str) -> None:
        def act() -> int:
            while not self.queues.get(name):
                self.waiting.setdefault(name, []).append(self.executive.current)
                self.executive.wait()
            self.queues[name] -= 1
            return 0

        self.call(Call.RECV, 0, act)

    def arrived(self, name: str) -> None:
        self.queues[name] = self.queues.get(name, 0) + 1
        for thread in self.waiting.pop(name, []):
            self.executive.wake(thread)


class Link:
    """Delivers what was sent to a queue, one packet a turn; may be asked to lose some."""

    def __init__(self, world: World, queue: str, name: str, *, lossy: bool = False) -> None:
        self.actor = Actor(len(world.executive.roster), name)
        self.actor.act = self.deliver
        world.executive.enroll(self.actor, 0, 1)
        self.world, self.queue, self.lossy, self.left = world, queue, lossy, 0

    def send(self) -> None:
        def act() -> int:
            if self.lossy and self.world.executive.choose(f"net.{self.actor.name}.loss", 2):
                return 0
            self.left += 1
            self.world.executive.make_ready(self.actor)
            return 0

        self.world.call(Call.SEND, 0, act)

    def deliver(self) -> None:
        self.left -= 1
        if not self.left:
            self.world.executive.make_unready(self.actor)
        self.world.arrived(self.queue)


Program = Callable[[World], Callable[[], None] | None]
"""Sets a world up; what it returns is called after the run, to look at what has become of it."""


def runner(program: Program, *, events_max: int = 200_000) -> Runner:
    def run(strategy: Strategy) -> Run:
        executive = Executive(strategy, Budget(events_max=events_max))
        world = World(executive)
        judge = program(world)
        ending = executive.run()
        if judge is not None:
            judge()
        if ending == Ending.DEADLOCK:
            world.found.append(Found("deadlock"))
        return run_of(executive, tuple(world.found))

    return run


def has(rule: str, *key: Any) -> Callable[[Run], bool]:
    return lambda run: any(each.rule == rule and each.key[: len(key)] == key for each in run.findings)


# ---- the programs --------------------------------------------------------------------------------------------


def three_calls(threads: int = 2, calls: int = 3) -> Program:
    """Threads that share nothing: every interleaving, no bug."""

    def program(world: World) -> None:
        for number in range(threads):
            world.thread(f"t{number}", world.pad(calls))

    return program


def stale_close(world: World) -> None:
    """T0 and T2 close one handle; T1 opens another, which may get its number."""
    number = 4
    world.objects = 1
    world.table[number] = 1

    def other() -> None:
        mine = world.open()
        meant = world.means(mine)
        world.use(mine, meant)

    world.thread("closer", lambda: world.close(number, 1))
    world.thread("opener", other)
    world.thread("closer-too", lambda: world.close(number, 1))


def ports(threads: int, *, fixed: bool = False) -> Program:
    """Processes that bind one port in two steps."""

    def program(world: World) -> None:
        claim = world.claim_fixed if fixed else world.claim
        for number in range(threads):
            world.thread(f"server{number}/main", lambda: claim(0x50))

    return program


def lost_update(threads: int) -> Program:
    """Threads that add one to a variable without a lock."""

    def program(world: World) -> Callable[[], None]:
        for number in range(threads):
            world.thread(f"adder{number}", lambda: world.increment("x"))

        def judge() -> None:
            if world.variables["x"] < threads:
                world.found.append(Found("lost-update", (world.variables["x"],)))

        return judge

    return program


def q155738(threads: int) -> Program:
    """A thread's handle is closed by the program and again at its end; the others open sockets."""

    def program(world: World) -> None:
        number = 4
        world.objects = 1
        world.table[number] = 1

        def opener() -> None:
            mine = world.open()
            meant = world.means(mine)
            world.use(mine, meant)

        world.thread("main", lambda: world.close(number, 1))
        world.thread("worker", lambda: world.close(number, 1))
        for each in range(threads - 2):
            world.thread(f"opener{each}", opener)

    return program


def rare(padding: int) -> Program:
    """A lost update between long stretches of calls that touch nothing."""

    def program(world: World) -> Callable[[], None]:
        for number in range(2):
            world.thread(f"adder{number}", world.pad(padding), lambda: world.increment("x"), world.pad(padding))

        def judge() -> None:
            if world.variables["x"] < 2:
                world.found.append(Found("lost-update"))

        return judge

    return program


def rare_among(padding: int) -> Program:
    """The same, and two more threads that only get in the way."""

    def program(world: World) -> Callable[[], None]:
        judge = rare(padding)(world)
        assert judge is not None
        for number in range(2):
            world.thread(f"noise{number}", world.pad(padding))
        return judge

    return program


def deadlock(world: World) -> None:
    """Two locks, taken in two orders."""

    def both(first: str, second: str) -> Callable[[], None]:
        def run() -> None:
            world.acquire(first)
            world.acquire(second)
            world.release(second)
            world.release(first)

        return run

    world.thread("one", both("a", "b"))
    world.thread("two", both("b", "a"))


def lossy(world: World) -> None:
    """A client sends three packets; the server waits for all of them, and a thread adds beside it."""
    link = Link(world, "q", "link a>b", lossy=True)

    def client() -> None:
        for _ in range(3):
            link.send()

    def server() -> None:
        for _ in range(3):
            world.receive("q")

    world.thread("client", client)
    world.thread("server", server)


def early_delivery(world: World) -> None:
    """A packet that arrives while its sender still prepares for the answer is missed."""
    link = Link(world, "q", "link a>b")

    def client() -> None:
        link.send()
        world.store("prepared", 1)

    def server() -> None:
        world.receive("q")
        if not world.load("prepared"):
            world.found.append(Found("too-early"))

    world.thread("client", client)
    world.thread("server", server)


def polling(world: World) -> None:
    """A thread asks in vain until another has stored something."""

    def ask() -> None:
        while not world.load("ready"):
            world.executive.poll_failed()

    world.thread("asker", ask)
    world.thread("teller", world.pad(2), lambda: world.store("ready", 1))

"""Small programs for the detectors: each makes a system, ready to run."""

import random

from notsock.detect.judge import judge
from notsock.executive.executive import Budget
from notsock.explore.strategies.random import Random
from notsock.system import System
from notsock.values.durations import SECOND

STREAM, DGRAM = 1, 2


class Alternate:
    """Gives the turn to another thread whenever it can."""

    def begin(self, roster):
        pass

    def pick(self, candidates, current):
        return (candidates.index(current) + 1) % len(candidates) if current in candidates else 0

    def value(self, point, count, chance=0):
        return 0


def one_process(release="11", strategy=None, name="program"):
    system = System(release=release, strategy=strategy)
    return system, system.machine().process(name)


def findings(system, *, ended=True):
    """Run, judge with and without the screen, and return the findings."""
    outcome = system.run()
    assert not ended or system.errors == []
    report = judge(outcome.trace, screen=False)
    screened = judge(outcome.trace)
    assert [item.key for item in screened.evidence] == [item.key for item in report.evidence]
    for finding in report.findings:
        assert finding.title
        assert finding.advice
        assert finding.history or finding.rule in ("deadlock", "uncaught")
        assert [moment.position for moment in finding.history] == sorted(m.position for m in finding.history)
        finding.to_json()
    return report.findings


def rules(system, **options):
    """Return the names of the rules that found something worse than a note."""
    return {found.rule for found in findings(system, **options) if found.severity.value != "note"}


def notes(system):
    return {found.rule for found in findings(system) if found.severity.value == "note"}


def echo(clients=3, release="11", strategy=None, port=8000):
    """A server with a thread for each connection, and clients; everything is closed."""
    system = System(release=release, strategy=strategy)
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", port))
        w.listen(listener, 5)
        workers = []
        for _ in range(clients):
            connection, _ = w.accept(listener)

            def talk(connection=connection):
                while data := w.recv(connection, 100):
                    w.send(connection, data)
                w.closesocket(connection)

            workers.append(api.kernel32.CreateThread(talk))
        w.closesocket(listener)
        for worker in workers:
            api.kernel32.WaitForSingleObject(worker)
            api.kernel32.CloseHandle(worker)

    for _ in range(clients):

        @client.thread
        def ask(api):
            w = api.ws2_32
            w.WSAStartup()
            api.kernel32.Sleep(10)
            connection = w.socket()
            assert w.connect(connection, ("127.0.0.1", port)) == 0
            w.send(connection, b"hello")
            w.recv(connection, 100)
            w.closesocket(connection)

    return system


def pool(connections=8, release="11", strategy=None):
    """One thread accepts; two workers take connections from a queue and close them."""
    system = System(release=release, strategy=strategy)
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")
    queue = []

    @server.thread
    def accept(api):
        w, k = api.ws2_32, api.kernel32
        w.WSAStartup()
        filled = k.CreateEvent(False, False)

        def work():
            while True:
                k.WaitForSingleObject(filled)
                while queue:
                    connection = queue.pop(0)
                    if connection is None:
                        k.SetEvent(filled)
                        return
                    w.send(connection, w.recv(connection, 100) or b"?")
                    w.closesocket(connection)

        workers = [k.CreateThread(work) for _ in range(2)]
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 8000))
        w.listen(listener, 50)
        for _ in range(connections):
            connection, _ = w.accept(listener)
            queue.append(connection)
            k.SetEvent(filled)
        w.closesocket(listener)
        queue.extend([None, None])
        k.SetEvent(filled)
        for worker in workers:
            k.WaitForSingleObject(worker)
            k.CloseHandle(worker)
        k.CloseHandle(filled)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        for _ in range(connections):
            connection = w.socket()
            w.connect(connection, ("127.0.0.1", 8000))
            w.send(connection, b"hello")
            w.recv(connection, 100)
            w.closesocket(connection)

    return system


def duplicate(release, *, opens=True, closes=True, dummy=False, original_last=False, strategy=None):
    """A server hands its connection to a child process."""
    system = System(release=release, strategy=strategy)
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def main(api):
        w, k = api.ws2_32, api.kernel32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 8000))
        w.listen(listener)
        connection, _ = w.accept(listener)
        passed = []

        def child(mine):
            mine.ws2_32.WSAStartup()
            mine.kernel32.Sleep(10)
            if dummy:
                mine.ws2_32.closesocket(mine.ws2_32.socket())
            if opens:
                copy = mine.ws2_32.WSASocket(2, STREAM, 0, passed[0])
                mine.ws2_32.send(copy, b"hi")
                if closes:
                    mine.ws2_32.closesocket(copy)
            mine.kernel32.Sleep(2000)

        process, process_id = k.CreateProcess("child", child)
        passed.append(w.WSADuplicateSocket(connection, process_id))
        if original_last:
            k.Sleep(1000)
        w.closesocket(connection)
        k.Sleep(5000)
        w.closesocket(listener)
        k.CloseHandle(process)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(5)
        connection = w.socket()
        w.connect(connection, ("127.0.0.1", 8000))
        w.recv(connection, 100)
        w.closesocket(connection)

    return system


def scramble(seed):
    """A program of random calls on numbers that its threads share, from tidy to wild, under a random schedule."""
    draw = random.Random(f"scramble {seed}")
    release = draw.choice(("11", "98", "nt4", "nt4-sp1", "nt4-sp3", "nt4-sp4"))
    system = System(release=release, strategy=Random(f"scramble {seed}"), budget=Budget(time_max_ns=20 * SECOND))
    machine = system.machine()
    wildness = draw.choice((0, 0.03, 0.1, 0.4))
    for place in range(draw.choice((1, 1, 2))):
        process = machine.process(f"p{place}")
        shared = []
        for _ in range(draw.choice((1, 2, 3))):
            process.thread(Scrambler(draw.randint(0, 1 << 30), wildness, shared))
    return system


class Scrambler:
    """A thread of random calls: tidy ones on its own numbers, wild ones on everybody's."""

    __name__ = "main"

    def __init__(self, seed, wildness, shared):
        self.draw = random.Random(seed)
        self.wildness = wildness
        self.shared = shared
        self.sockets, self.others, self.descriptors = [], [], []

    def __call__(self, api):
        self.api = api
        api.ws2_32.WSAStartup()
        for _ in range(self.draw.randint(3, 14)):
            wild = self.draw.random() < self.wildness
            self.draw.choice(self.WILD if wild else self.TIDY)(self)
        while self.draw.random() >= self.wildness / 2 and (self.sockets or self.others):
            self.close() if self.sockets else self.close_other()
        for descriptor in self.descriptors:
            api.crt._close(descriptor)

    def some(self):
        return self.draw.choice(self.sockets) if self.sockets else None

    def anything(self):
        return self.draw.choice(self.shared) if self.shared else 0x64

    def make(self):
        self.sockets.append(self.api.ws2_32.socket(2, self.draw.choice((1, 2))))
        self.shared.append(self.sockets[-1])

    def open_other(self):
        self.others.append(self.api.kernel32.CreateEvent())
        self.shared.append(self.others[-1])

    def close(self):
        if self.sockets:
            self.api.ws2_32.closesocket(self.sockets.pop(self.draw.randrange(len(self.sockets))))

    def close_other(self):
        if self.others:
            self.api.kernel32.CloseHandle(self.others.pop())

    def bind(self):
        if self.sockets:
            self.api.ws2_32.bind(self.some(), ("127.0.0.1", self.draw.choice((0, 4000, 4001))))

    def send(self):
        if self.sockets:
            self.api.ws2_32.sendto(self.some(), b"x", 0, ("127.0.0.1", 4000))

    def describe(self):
        if self.sockets:
            copy = self.api.kernel32.DuplicateHandle(-1, self.some(), -1)
            self.descriptors.append(self.api.crt._open_osfhandle(copy))

    def give_up(self):
        if self.descriptors:
            self.api.crt._close(self.descriptors.pop())

    def begin(self):
        self.api.crt._beginthread(lambda: self.api.kernel32.Sleep(self.draw.randint(0, 2)))

    def sleep(self):
        self.api.kernel32.Sleep(self.draw.randint(0, 3))

    def wild_close(self):
        self.api.ws2_32.closesocket(self.anything())

    def wild_close_handle(self):
        self.api.kernel32.CloseHandle(self.anything())

    def wild_use(self):
        self.api.ws2_32.getsockname(self.anything())

    def wild_select(self):
        self.api.ws2_32.select([self.anything()], [], [], 1000)

    def wild_describe(self):
        descriptor = self.api.crt._open_osfhandle(self.anything())
        if descriptor >= 0:
            self.descriptors.append(descriptor)

    def wild_begin(self):
        self.api.kernel32.CloseHandle(self.api.crt._beginthread(lambda: self.api.kernel32.Sleep(2)))

    def wild_cleanup(self):
        self.api.ws2_32.WSACleanup()

    TIDY = (make, make, make, open_other, close, close, close_other, bind, send, describe, give_up, begin, sleep)
    WILD = (wild_close, wild_close, wild_close_handle, wild_use, wild_select, wild_describe, wild_begin, wild_cleanup)

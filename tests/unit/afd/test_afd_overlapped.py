"""Overlapped requests, completion ports, named pipes and registered waits, in Windows' own calls."""

from notsock.kernel32.kernel32 import WAIT_OBJECT_0
from notsock.objects.io_request import Request
from notsock.system import System
from notsock.trace.events import Ending

PIPE = r"\\.\pipe\test"
OVERLAPPED, FIRST = 0x40000000, 0x80000
MESSAGE = 6


def run(*mains):
    system = System()
    machine = system.machine()
    for place, main in enumerate(mains):
        process = machine.process(f"p{place}")
        process.process.ws2_32.started = 1
        process.thread(main)
    assert system.run().ending is Ending.FINISHED
    for _, error in system.errors:
        raise error
    return system


def test_a_packet_goes_to_the_thread_that_waited_last():
    taken = []

    def main(api):
        k = api.kernel32
        port = k.CreateIoCompletionPort(-1)

        def wait(name):
            taken.append((name, k.GetQueuedCompletionStatus(port)))

        threads = []
        for name in "ab":
            threads.append(k.CreateThread(wait, name))
            k.Sleep(1)
        k.PostQueuedCompletionStatus(port, 1, 2, 3)
        k.PostQueuedCompletionStatus(port, 4, 5, 6)
        k.WaitForMultipleObjects(threads, wait_all=True)

    run(main)
    assert dict(taken) == {"b": (0, 1, 2, 3), "a": (0, 4, 5, 6)}


def test_closing_a_port_abandons_its_waiters():
    def main(api):
        k = api.kernel32
        port = k.CreateIoCompletionPort(-1)
        codes = []

        def wait():
            assert k.GetQueuedCompletionStatus(port) is None
            codes.append(k.GetLastError())

        thread = k.CreateThread(wait)
        k.Sleep(1)
        k.CloseHandle(port)
        k.WaitForSingleObject(thread)
        assert codes == [735]
        assert k.GetQueuedCompletionStatus(port, 0) is None
        assert k.GetLastError() == 6

    run(main)


def test_an_object_is_tied_to_one_port():
    def main(api):
        k = api.kernel32
        s = api.ws2_32.socket()
        first, second = k.CreateIoCompletionPort(-1), k.CreateIoCompletionPort(-1)
        assert k.CreateIoCompletionPort(s, first, 1) == first
        assert k.CreateIoCompletionPort(s, second, 1) == 0
        assert k.GetLastError() == 87
        assert k.CreateIoCompletionPort(k.CreateEvent(), first, 1) == 0
        synchronous = api.ws2_32.WSASocket(2, 1, 0, None, 0)
        assert k.CreateIoCompletionPort(synchronous, first, 1) == 0
        assert k.CreateIoCompletionPort(0xDEAD, first, 1) == 0
        assert k.GetLastError() == 6

    run(main)


def test_several_packets_at_once():
    def main(api):
        k = api.kernel32
        port = k.CreateIoCompletionPort(-1)
        for count in range(5):
            k.PostQueuedCompletionStatus(port, count)
        assert [packet[1] for packet in k.GetQueuedCompletionStatusEx(port, 3)] == [0, 1, 2]
        assert [packet[1] for packet in k.GetQueuedCompletionStatusEx(port, 3)] == [3, 4]
        assert k.GetQueuedCompletionStatusEx(port, 3, 10) is None

    run(main)


def test_a_send_that_finds_no_room_is_pending_until_the_peer_reads():
    def serve(api):
        w = api.ws2_32
        s = w.socket()
        w.bind(s, ("127.0.0.1", 80))
        w.listen(s)
        connection, _ = w.accept(s)
        api.kernel32.Sleep(1000)
        size = 0
        while data := w.recv(connection, 65536):
            size += len(data)
        assert size == 600_000

    def ask(api):
        w, k = api.ws2_32, api.kernel32
        s = w.socket()
        while w.connect(s, ("127.0.0.1", 80)):
            k.Sleep(1)
        requests = [Request() for _ in range(6)]
        answers = [w.WSASend(s, bytes(100_000), 0, request) for request in requests]
        assert answers[0] == 0
        assert answers[-1] == -1
        assert w.WSAGetLastError() == 997
        for request in requests:
            assert k.GetOverlappedResult(request, True) == 100_000
        assert api.executive.now >= 1_000_000_000
        w.closesocket(s)

    run(serve, ask)


def test_an_event_tells_the_end_of_a_request():
    def main(api):
        w, k = api.ws2_32, api.kernel32
        s = w.socket(2, 2)
        w.bind(s, ("127.0.0.1", 53))
        event = k.CreateEvent(manual=True, initial=True)
        request = Request(0, api.table.objects[event])
        w.WSARecvFrom(s, 3, 0, request)
        assert k.WaitForSingleObject(event, 10) == 258
        w.sendto(s, b"long datagram", 0, ("127.0.0.1", 53))
        assert k.WaitForSingleObject(event, 1000) == WAIT_OBJECT_0
        assert k.GetOverlappedResult(request) is None
        assert k.GetLastError() == 234
        assert (request.data, request.source) == (b"lon", ("127.0.0.1", 53))

    run(main)


def test_a_pipe_carries_messages():
    def serve(api):
        k = api.kernel32
        pipe = k.CreateNamedPipe(PIPE, 3 | FIRST, MESSAGE)
        assert k.CreateNamedPipe(PIPE, 3 | FIRST, MESSAGE) == -1
        assert k.GetLastError() == 5
        k.ConnectNamedPipe(pipe)
        assert k.ReadFile(pipe, 100) == b"one"
        assert k.ReadFile(pipe, 2) == b"tw"
        assert k.GetLastError() == 234
        assert k.PeekNamedPipe(pipe, 1) == (b"o", 1, 0)
        assert k.ReadFile(pipe, 2) == b"o"
        assert k.WriteFile(pipe, b"answer") == 6
        assert k.ReadFile(pipe, 1) is None
        assert k.GetLastError() == 109
        assert k.WriteFile(pipe, b"x") is None
        assert k.GetLastError() == 232

    def ask(api):
        k = api.kernel32
        while not k.WaitNamedPipe(PIPE, 1000):
            assert k.GetLastError() == 2
            k.Sleep(1)
        pipe = k.CreateFile(PIPE)
        assert k.CreateFile(PIPE) == -1
        assert k.GetLastError() == 231
        k.WriteFile(pipe, b"one")
        k.WriteFile(pipe, b"two")
        assert k.ReadFile(pipe, 3) == b"ans"
        assert k.ReadFile(pipe, 9) == b"wer", "its own end reads bytes"
        k.CloseHandle(pipe)

    run(serve, ask)


def test_pending_pipe_requests_end_with_their_pipe():
    def main(api):
        k = api.kernel32
        server = k.CreateNamedPipe(PIPE, 3 | OVERLAPPED, 0, 2)
        port = k.CreateIoCompletionPort(-1)
        k.CreateIoCompletionPort(server, port, 5)
        accept = Request(1)
        assert not k.ConnectNamedPipe(server, accept)
        assert k.GetLastError() == 997
        client = k.CreateFile(PIPE, flags=OVERLAPPED)
        assert k.GetQueuedCompletionStatus(port) == (0, 0, 5, 1)
        assert not k.ConnectNamedPipe(server, Request(2))
        assert k.GetLastError() == 535
        assert k.ReadFile(server, 10, Request(3)) is None
        assert k.CancelIoEx(server)
        assert k.GetQueuedCompletionStatus(port) == (995, 0, 5, 3)
        assert k.ReadFile(server, 10, Request(4)) is None
        k.CloseHandle(client)
        assert k.GetQueuedCompletionStatus(port) == (109, 0, 5, 4)
        k.CloseHandle(server)
        assert k.CreateFile(PIPE) == -1
        assert k.GetLastError() == 2

    run(main)


def test_a_registered_wait_calls_once():
    def main(api):
        k = api.kernel32
        calls = []
        event = k.CreateEvent()
        k.RegisterWaitForSingleObject(event, calls.append)
        late = k.RegisterWaitForSingleObject(event, calls.append, 50)
        given_up = k.RegisterWaitForSingleObject(event, calls.append)
        done = k.CreateEvent()
        assert k.UnregisterWaitEx(given_up, done)
        assert k.WaitForSingleObject(done, 0) == WAIT_OBJECT_0
        k.SetEvent(event)
        assert calls == [False]
        k.Sleep(100)
        assert calls == [False, True]
        assert k.UnregisterWaitEx(late)
        assert not k.UnregisterWaitEx(late)

    run(main)

"""Unmodified asyncio on both Windows loops."""

import asyncio
import gc

import pytest
from shim_runs import lines, program, run

LOOPS = ["ProactorEventLoop", "SelectorEventLoop"]
HEAD = """
import asyncio, socket, struct, sys, threading, time, _thread, signal
def go(main, loop="ProactorEventLoop"):
    with asyncio.Runner(loop_factory=getattr(asyncio, loop)) as runner:
        return runner.run(main)
"""


def source(text):
    return HEAD + "\n".join(line[4:] for line in text.splitlines())


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


def test_the_default_loop_is_windows_own():
    assert lines("import asyncio\nprint(type(asyncio.new_event_loop()).__name__)") == ["ProactorEventLoop"]


def test_streams_between_two_processes(loop):
    server = source(f"""
    async def handle(reader, writer):
        while data := await reader.readline():
            writer.write(data.upper())
            await writer.drain()
        writer.close()
        done.set()
    async def main():
        global done
        done = asyncio.Event()
        server = await asyncio.start_server(handle, "127.0.0.1", 8000)
        await done.wait()
        server.close()
    go(main(), {loop!r})
    """)
    client = source(f"""
    async def main():
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
        for word in (b"one", b"two"):
            writer.write(word + b"\\n")
            print(await reader.readline())
        writer.close()
        await writer.wait_closed()
    go(main(), {loop!r})
    """)
    said = run(server, client)
    assert (said.errors, said.lines, said.codes) == ("", ["b'ONE\\n'", "b'TWO\\n'"], [0, 0])


def test_datagrams(loop):
    assert lines(source(f"""
    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport
        def datagram_received(self, data, address):
            self.transport.sendto(data.upper(), address)
    class Ask(asyncio.DatagramProtocol):
        def datagram_received(self, data, address):
            answer.set_result(data)
    async def main():
        global answer
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        server, _ = await loop.create_datagram_endpoint(Echo, ("127.0.0.1", 5353))
        client, _ = await loop.create_datagram_endpoint(Ask, remote_addr=("127.0.0.1", 5353))
        client.sendto(b"hello")
        print(await answer)
        client.close()
        server.close()
        await asyncio.sleep(0)
    go(main(), {loop!r})
    """)) == ["b'HELLO'"]


def test_executors_and_other_threads(loop):
    assert lines(source(f"""
    async def main():
        loop = asyncio.get_running_loop()
        print(await loop.run_in_executor(None, lambda: threading.current_thread() is threading.main_thread()))
        print(await asyncio.gather(*(asyncio.to_thread(time.sleep, 1) for _ in range(3))))
        event = asyncio.Event()
        threading.Timer(5, lambda: loop.call_soon_threadsafe(event.set)).start()
        await event.wait()
        print(int(loop.time()) - 100)
    go(main(), {loop!r})
    """)) == ["False", "[None, None, None]", "6"]


def test_a_time_out_cancels_what_it_waits_for(loop):
    assert lines(source(f"""
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()
    async def main():
        server = await asyncio.start_server(say_nothing, "127.0.0.1", 8000)
        reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
        begun = time.monotonic()
        try:
            await asyncio.wait_for(reader.read(1), 2.5)
        except TimeoutError:
            print("timed out", round(time.monotonic() - begun, 1))
        writer.close()
        server.close()
        await asyncio.sleep(1)
    go(main(), {loop!r})
    """)) == ["timed out 2.5"]


@pytest.mark.parametrize(("loop", "seconds"), [("ProactorEventLoop", 3), ("SelectorEventLoop", 1000)])
def test_ctrl_c_cancels_the_main_task(loop, seconds):
    """Windows' selector loop has no wake-up socket for signals: it looks when select returns."""
    assert lines(source(f"""
    async def main():
        threading.Timer(3, _thread.interrupt_main).start()
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            print("cancelled", round(time.monotonic()) - 100)
            raise
    try:
        go(main(), {loop!r})
    except KeyboardInterrupt:
        print("interrupted")
    """)) == [f"cancelled {seconds}", "interrupted"]


def test_ctrl_c_ends_a_sleep():
    assert lines(source("""
    threading.Timer(3, _thread.interrupt_main).start()
    try:
        time.sleep(1000)
    except KeyboardInterrupt:
        print(round(time.monotonic()) - 100)
    signal.signal(signal.SIGINT, lambda number, frame: print("handled", number))
    threading.Timer(3, _thread.interrupt_main).start()
    time.sleep(10)
    print(round(time.monotonic()) - 100)
    """)) == ["3", "handled 2", "13"]


def test_a_file_is_sent():
    assert lines(source("""
    async def receive(reader, writer):
        print(len(await reader.read()))
        writer.close()
        done.set()
    async def main():
        global done
        done = asyncio.Event()
        with open("file", "wb") as file:
            file.write(bytes(300_000))
        server = await asyncio.start_server(receive, "127.0.0.1", 8000)
        _, writer = await asyncio.open_connection("127.0.0.1", 8000)
        with open("file", "rb") as file:
            print(await asyncio.get_running_loop().sendfile(writer.transport, file, 1000))
        writer.close()
        await done.wait()
        server.close()
    go(main())
    """)) == ["299000", "299000"]


def test_pipes():
    assert lines(source(r"""
    class Server(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
        def data_received(self, data):
            self.transport.write(data.upper())
    class Client(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            transport.write(b"hello")
        def data_received(self, data):
            print(bytes(data))
            self.transport.close()
        def connection_lost(self, error):
            lost.set_result(error)
    async def main():
        global lost
        loop = asyncio.get_running_loop()
        lost = loop.create_future()
        [server] = await loop.start_serving_pipe(Server, r"\\.\pipe\test")
        await loop.create_pipe_connection(Client, r"\\.\pipe\test")
        print(await lost)
        server.close()
        try:
            await loop.create_pipe_connection(Client, r"\\.\pipe\test")
        except FileNotFoundError as error:
            print(error.winerror)
    go(main())
    """)) == ["b'HELLO'", "None", "2"]


def test_errors_have_windows_codes():
    assert lines(source("""
    import _overlapped
    async def main():
        try:
            await asyncio.open_connection("127.0.0.1", 9)
        except ConnectionRefusedError as error:
            print(error.winerror)
    go(main())
    port = _overlapped.CreateIoCompletionPort(_overlapped.INVALID_HANDLE_VALUE, 0, 0, 0)
    def pair():
        left, right = socket.socketpair()
        _overlapped.CreateIoCompletionPort(left.fileno(), port, 0, 0)
        request = _overlapped.Overlapped(0)
        request.WSARecv(left.fileno(), 10)
        return left, right, request
    def told(request):
        code, _, _, address = _overlapped.GetQueuedCompletionStatus(port, 1000)
        assert address == request.address
        try:
            request.getresult()
        except OSError as error:
            print(code, type(error).__name__, error.winerror)
    left, right, request = pair()
    request.cancel()
    told(request)
    left, right, request = pair()
    left.close()
    told(request)
    left, right, request = pair()
    right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh", 1, 0))
    right.close()
    told(request)
    try:
        _overlapped.Overlapped(0).WSARecv(left.fileno(), 1)
    except ConnectionResetError as error:
        print(error.winerror)
    """)) == ["1225", "995 OSError 995", "1236 ConnectionAbortedError 1236", "64 OSError 64", "10054"]


def test_two_loops_in_two_threads():
    assert lines(source("""
    async def work(name):
        async def steps():
            try:
                for count in range(3):
                    await asyncio.sleep(1)
                    yield count
            finally:
                await asyncio.sleep(0)
                found.append((name, asyncio.get_running_loop() is mine))
        mine = asyncio.get_running_loop()
        async for count in steps():
            if count:
                break
        await asyncio.sleep(5 if name == "a" else 9)
    found = []
    threads = [threading.Thread(target=go, args=(work(name),)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(found))
    """)) == ["[('a', True), ('b', True)]"]


TASKS = source("""
    async def work(name):
        await asyncio.sleep(name % 3)
        return name
    async def main():
        tasks = {asyncio.create_task(work(name)) for name in range(40)}
        done, _ = await asyncio.wait(tasks)
        print([task.result() for task in done], [task.result() for task in tasks])
    go(main())
    """)


def test_a_run_is_the_same_every_time():
    again = program(TASKS)
    first, second, third = run(again), run(again), run(TASKS)
    assert first.digest == second.digest == third.digest
    assert first.lines == second.lines == third.lines


def test_what_a_server_leaves_is_collected_in_silence(capsys):
    said = run(source("""
    async def main():
        async with await asyncio.start_server(print, "127.0.0.1", 8000) as server:
            await server.serve_forever()
    go(main())
    """))
    assert said.ending == "DEADLOCK"
    gc.collect()
    run("pass")
    gc.collect()
    assert capsys.readouterr() == ("", "")


TASKS_IN_C = """
    import _asyncio, asyncio, threading
    assert (asyncio.Task, asyncio.Future) == (_asyncio.Task, _asyncio.Future)
    async def main():
        loop = asyncio.get_running_loop()
        assert asyncio.Future().get_loop() is loop and asyncio.current_task() in asyncio.all_tasks()
        waiting = {asyncio.create_task(asyncio.sleep(0.1)) for _ in range(20)}
        names.append([asyncio.current_task().get_name(), *(task.get_name() for task in waiting)])
        await asyncio.wait(waiting)
    names = []
    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    asyncio.run(main())
    print(names)
    """


def test_tasks_in_c_know_their_threads_loop_and_are_called_the_same_in_every_run():
    twice = program(TASKS_IN_C)
    told = [run(twice).lines for _ in range(3)] + [run(TASKS_IN_C).lines]
    assert "Task-1" in told[0][0]
    assert told.count(told[0]) == len(told)


def test_tasks_in_c_of_two_processes_do_not_meet():
    said = run(TASKS_IN_C, TASKS_IN_C)
    assert (said.errors, said.codes) == ("", [0, 0])
    assert len(said.lines) == 2


def test_a_view_made_inside_a_running_loop_has_the_pure_tasks():
    async def outside():
        return lines("import asyncio, sys\nprint(asyncio.Task is asyncio.tasks._PyTask, '_asyncio' in sys.modules)")

    assert asyncio.run(outside()) == ["True False"]

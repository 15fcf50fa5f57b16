"""multiprocessing as Windows spawns it: processes, queues, locks, connections, sockets, managers, pools, memory."""

import pytest
from shim_runs import run

from notsock.shim.python_process import PythonProgram

START = """
import multiprocessing as mp, os, pickle, queue, random, signal, socket, sys, threading, time
"""


@pytest.fixture
def spawned(tmp_path):
    """Run a program whose functions its children import, as they would on Windows; return what it printed."""

    def spawned(functions, main, *, times=1, errors=False):
        path = tmp_path / "main.py"
        body = "".join(f"    {line}\n" for line in main.strip().splitlines())
        path.write_text(f"{START}\n{functions}\nif __name__ == '__main__':\n{body}")
        again = PythonProgram(path, environment={})
        said = [run(again) for _ in range(times)]
        assert {one.digest for one in said} == {said[0].digest}
        assert errors or said[0].errors == ""
        assert (said[0].ending, said[0].codes[0]) == ("FINISHED", 0)
        return said[0].lines

    return spawned


def test_processes_report_through_a_queue_under_a_lock(spawned):
    functions = """
def work(q, lock, n):
    with lock: q.put((n, os.getpid() != os.getppid(), mp.current_process().name))
"""
    main = """
q, lock = mp.Queue(), mp.Lock()
processes = [mp.Process(target=work, args=(q, lock, n)) for n in range(3)]
for p in processes: p.start()
for got in sorted(q.get() for _ in processes): print(*got)
for p in processes: p.join()
print([p.exitcode for p in processes], mp.active_children())
"""
    assert spawned(functions, main, times=3) == [
        "0 True Process-1", "1 True Process-2", "2 True Process-3", "[0, 0, 0] []",
    ]  # fmt: skip


def test_a_child_imports_the_main_module_under_another_name(spawned):
    functions = "WORD = 'imported as ' + __name__\ndef show(): print(WORD)"
    assert spawned(functions, "p = mp.Process(target=show); p.start(); p.join()") == ["imported as __mp_main__"]


def test_exit_codes_and_the_traceback_of_a_child(spawned):
    functions = """
def leaves(n): sys.exit(n)
def fails(): raise ValueError("why")
def stays(): time.sleep(1e6)
"""
    main = """
for target, arguments in ((leaves, (5,)), (fails, ()), (stays, ()), (stays, ())):
    p = mp.Process(target=target, args=arguments, daemon=True)
    p.start()
    if target is stays:
        p.join(1)
        print(p.is_alive(), p.exitcode)
        p.terminate()
    p.join()
    print(p.exitcode)
mp.Process(target=stays, daemon=True).start()
"""
    assert spawned(functions, main, errors=True) == [
        "5", "1", "True None", f"{-15}", "True None", f"{-15}",
    ]  # fmt: skip


@pytest.mark.parametrize("family", ["AF_INET", "AF_PIPE"])
def test_listeners_and_clients_authenticate(spawned, family):
    functions = f"""
from multiprocessing.connection import Client, Listener
def client(address, key):
    try:
        with Client(address, authkey=key) as c: c.send([1, "two"]); print(c.recv())
    except mp.AuthenticationError as error: print(error)
FAMILY = {family!r}
"""
    main = """
with Listener(family=FAMILY, authkey=b"k") as listener:
    for key in b"k", b"wrong":
        p = mp.Process(target=client, args=(listener.address, key)); p.start()
        try:
            with listener.accept() as c: print(c.recv()); c.send({"three": 3})
        except mp.AuthenticationError as error: print(error)
        p.join()
"""
    said = spawned(functions, main)
    assert said[:2] == ["[1, 'two']", "{'three': 3}"]
    assert sorted(said[2:]) == ["digest received was wrong", "digest sent was rejected"]


def test_pipes_carry_messages_and_report_the_end(spawned):
    functions = """
def echo(c):
    try:
        while True: c.send(c.recv())
    except EOFError: print("the end")
"""
    main = """
mine, theirs = mp.Pipe()
p = mp.Process(target=echo, args=(theirs,)); p.start(); theirs.close()
for size in (0, 1, 10_000, 300_000):
    mine.send_bytes(pickle.dumps(b"x" * size)); print(len(mine.recv()))
print(mine.poll(0.1))
mine.close(); p.join()
"""
    assert spawned(functions, main) == ["0", "1", "10000", "300000", "False", "the end"]


def test_events_conditions_semaphores_and_barriers(spawned):
    functions = """
def child(event, condition, semaphore, barrier):
    event.wait()
    with semaphore, condition: condition.notify()
    barrier.wait()
"""
    main = """
event, condition, semaphore, barrier = mp.Event(), mp.Condition(), mp.BoundedSemaphore(1), mp.Barrier(2)
p = mp.Process(target=child, args=(event, condition, semaphore, barrier)); p.start()
with condition: event.set(); print(condition.wait(10))
barrier.wait(); p.join()
try: semaphore.release()
except ValueError as error: print(error)
lock = mp.RLock()
with lock, lock: print(lock)
try: lock.release()
except AssertionError as error: print(error)
print(mp.Lock().acquire(timeout=0.1), mp.Semaphore(0).acquire(timeout=0.1))
"""
    assert spawned(functions, main) == [
        "True", "semaphore or lock released too many times", "<RLock(MainProcess, 2)>",
        "attempt to release recursive lock not owned by thread", "True False",
    ]  # fmt: skip


def test_a_listening_socket_goes_to_a_child_by_reduction(spawned):
    functions = """
def serve(listener):
    with listener:
        connection, _ = listener.accept()
        with connection: connection.sendall(connection.recv(10).upper())
"""
    main = """
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
p = mp.Process(target=serve, args=(listener,)); p.start()
listener.close()
with socket.create_connection(address) as s: s.sendall(b"dup"); print(s.recv(10))
p.join()
"""
    assert spawned(functions, main) == ["b'DUP'"]


def test_connections_go_through_queues_and_connections(spawned):
    functions = """
def worker(inbox):
    connection = inbox.get()
    with connection: connection.sendall(b"from " + mp.current_process().name.encode())
"""
    main = """
inbox = mp.Queue()
p = mp.Process(target=worker, args=(inbox,)); p.start()
with socket.create_server(("127.0.0.1", 0)) as listener:
    client = socket.create_connection(listener.getsockname())
    served, _ = listener.accept()
inbox.put(served)
print(client.recv(100)); served.close(); print(client.recv(1)); client.close(); p.join()
"""
    assert spawned(functions, main) == ["b'from Process-1'", "b''"]


def test_managers_serve_proxies(spawned):
    functions = """
from multiprocessing.managers import BaseManager
class Counter:
    def __init__(self): self.n = 0
    def next(self): self.n += 1; return self.n
class Mine(BaseManager): pass
Mine.register("Counter", Counter)
def use(d, l, counter): d[counter.next()] = 1; l.append(0)
"""
    main = """
with mp.Manager() as m, Mine() as mine:
    d, l, counter = m.dict(), m.list(), mine.Counter()
    processes = [mp.Process(target=use, args=(d, l, counter)) for _ in range(2)]
    for p in processes: p.start()
    for p in processes: p.join()
    print(dict(d), l, counter.next(), m.Lock().acquire())
"""
    assert spawned(functions, main) == ["{1: 1, 2: 1} [0, 0] 3 True"]


def test_pools_and_executors(spawned):
    functions = """
from concurrent.futures import ProcessPoolExecutor
def square(n): return n * n
def fails(n): raise LookupError(n)
"""
    main = """
with mp.Pool(2) as pool:
    print(pool.map(square, range(5)), list(pool.imap(square, range(3))), pool.apply_async(time.sleep, (0,)).get())
    try: pool.apply(fails, (1,))
    except LookupError as error: print(error)
with ProcessPoolExecutor(2) as executor:
    print(list(executor.map(square, range(4))), type(executor.submit(fails, 2).exception()).__name__)
"""
    assert spawned(functions, main) == ["[0, 1, 4, 9, 16] [0, 1, 4] None", "1", "[0, 1, 4, 9] LookupError"]


def test_a_broken_pool_says_so(spawned):
    functions = """
from concurrent.futures import ProcessPoolExecutor, BrokenExecutor
def dies(): os._exit(3)
"""
    main = """
with ProcessPoolExecutor(1) as executor:
    try: executor.submit(dies).result()
    except BrokenExecutor as error: print(str(error)[:45])
"""
    assert spawned(functions, main) == ["A process in the process pool was terminated "]


def test_values_arrays_and_shared_memory(spawned):
    functions = """
from multiprocessing import shared_memory
def add(value, array):
    for _ in range(10):
        with value.get_lock(): value.value += 1
    array[1] = 7
def write(name):
    memory = shared_memory.SharedMemory(name); memory.buf[:5] = b"child"; memory.close()
"""
    main = """
value, array = mp.Value("i", 0), mp.Array("d", 3)
processes = [mp.Process(target=add, args=(value, array)) for _ in range(2)]
for p in processes: p.start()
for p in processes: p.join()
print(value.value, array[:])
memory = shared_memory.SharedMemory(create=True, size=100)
p = mp.Process(target=write, args=(memory.name,)); p.start(); p.join()
print(bytes(memory.buf[:6]))
try: shared_memory.SharedMemory(memory.name, create=True, size=10)
except FileExistsError as error: print(error.winerror)
name = memory.name; memory.close(); memory.unlink()
try: shared_memory.SharedMemory(name)
except FileNotFoundError as error: print(error.winerror)
"""
    assert spawned(functions, main) == ["20 [0.0, 7.0, 0.0]", "b'child\\x00'", "183", "2"]


def test_an_unlocked_counter_loses_updates_only_where_something_is_called(spawned):
    functions = """
def add(value):
    for _ in range(3):
        seen = value.value
        time.sleep(0.001)
        value.value = seen + 1
"""
    main = """
value = mp.Value("i", 0)
processes = [mp.Process(target=add, args=(value,)) for _ in range(2)]
for p in processes: p.start()
for p in processes: p.join()
print(value.value < 6)
"""
    assert spawned(functions, main) == ["True"]


def test_what_a_manager_sends_is_the_same_every_time(spawned):
    main = """
with mp.Manager() as manager:
    numbers = manager.list([1]); numbers.append(2); print(list(numbers), int(numbers._id, 16) < 1 << 32)
"""
    assert spawned("", main, times=4) == ["[1, 2] True"]

"""Threads, locks and clocks are the executive's."""

from shim_runs import lines, run

from notsock.trace.calls import Call
from notsock.trace.events import Entered


def calls(said, *wanted):
    return [
        Call(event.call)
        for _, event in said.outcome.trace
        if isinstance(event, Entered) and Call(event.call) in wanted
    ]


def test_time_is_virtual():
    assert lines(
        """
        import time, datetime
        start = time.time()
        time.sleep(86_000)
        print(round(time.time() - start), time.monotonic() > 86_000, time.strftime("%Y-%m-%d", time.gmtime(start)))
        print(datetime.datetime.now().date(), datetime.date.today(), time.localtime().tm_zone)
        print(time.mktime(time.localtime(1e9)), time.mktime((2024, 14, -1, 0, 0, 0, 0, 0, 0)))
        """
    ) == ["86000 True 2026-01-01", "2026-01-01 2026-01-01 UTC", "1000000000.0 1738195200.0"]


def test_locks_wait_and_time_out():
    assert lines(
        """
        import threading, time
        lock = threading.Lock()
        def hold():
            with lock: time.sleep(2)
        t = threading.Thread(target=hold); t.start(); time.sleep(1)
        print(lock.acquire(False), lock.acquire(timeout=0.5), lock.locked(), lock.acquire(), round(time.monotonic()))
        lock.release()
        try: lock.release()
        except RuntimeError as error: print(error)
        again = threading.RLock()
        with again:
            with again: print(again._is_owned())
        print(again._is_owned())
        event = threading.Event()
        print(event.wait(0.25))
        condition = threading.Condition()
        got = []
        def consumer():
            with condition:
                while not got: condition.wait()
                print("consumed", got)
        t = threading.Thread(target=consumer); t.start(); time.sleep(1)
        with condition: got.append(1); condition.notify()
        t.join(); print(t.is_alive(), type(lock).__module__)
        """
    ) == [
        "False False True True 102", "release unlocked lock", "True", "False", "False", "consumed [1]",
        "False _thread",
    ]  # fmt: skip


def test_threads_have_names_locals_and_numbers():
    assert lines(
        """
        import threading
        space = threading.local(); space.x = "main"
        class Counted(threading.local):
            def __init__(self, start): self.n = start
        counted = Counted(3); counted.n += 1
        def other():
            print(hasattr(space, "x"), counted.n, threading.get_ident() != threading.main_thread().ident)
        t = threading.Thread(target=other); t.start(); t.join()
        print(space.x, counted.n, t.name, threading.active_count())
        """
    ) == ["False 3 True", "main 4 Thread-1 (other) 1"]


def test_pools_queues_and_timers():
    assert lines(
        """
        import concurrent.futures, queue, threading
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            print(list(pool.map(lambda n: n * n, range(6))))
        q = queue.SimpleQueue(); threading.Timer(1.5, q.put, ["late"]).start(); print(q.get())
        try: queue.Queue().get(timeout=0.5)
        except queue.Empty: print("empty")
        barrier = threading.Barrier(2); t = threading.Thread(target=barrier.wait); t.start(); barrier.wait(); t.join()
        """
    ) == ["[0, 1, 4, 9, 16, 25]", "late", "empty"]


def test_an_exception_in_a_thread_is_printed_and_recorded():
    said = run("import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()")
    assert said.codes == [0]
    assert said.errors.startswith("Exception in thread Thread-1 (<lambda>):\nTraceback")
    assert said.errors.endswith("ZeroDivisionError: division by zero\n")
    assert [type(error) for _, error in said.system.errors] == [ZeroDivisionError]


def test_a_deadlock_is_the_runs_end():
    said = run(
        """
        import threading, time
        a, b = threading.Lock(), threading.Lock()
        def other():
            with b:
                time.sleep(1)
                with a: pass
        threading.Thread(target=other).start()
        with a:
            time.sleep(1)
            with b: pass
        """
    )
    assert said.ending == "DEADLOCK"


def test_starting_and_joining_are_one_step_each_on_every_python():
    said = run("import threading, time\nt = threading.Thread(target=time.sleep, args=(1,))\nt.start()\nt.join()")
    wanted = (Call.THREAD_START, Call.THREAD_JOIN, Call.LOCK_ACQUIRE, Call.LOCK_RELEASE)
    assert calls(said, *wanted) == [Call.THREAD_START, Call.THREAD_JOIN]


def test_a_condition_asks_for_its_lock_without_a_step():
    said = run("import threading\nc = threading.Condition(threading.Lock())\nwith c:\n    c.notify()")
    wanted = (Call.LOCK_ACQUIRE, Call.LOCK_RELEASE)
    assert calls(said, *wanted) == [Call.LOCK_ACQUIRE, Call.LOCK_RELEASE]
    assert said.system.executive.now == 0


def test_two_threads_may_print_at_once():
    said = run(
        """
        import threading
        def talk(n):
            for i in range(20): print(f"{n}:{i}")
        threads = [threading.Thread(target=talk, args=(n,)) for n in "ab"]
        [t.start() for t in threads]; [t.join() for t in threads]
        """
    )
    assert said.errors == ""
    assert sorted(said.lines) == sorted(f"{n}:{i}" for n in "ab" for i in range(20))


def test_signals_are_the_main_threads():
    assert lines(
        """
        import signal, threading
        signal.signal(signal.SIGINT, lambda number, frame: print("caught", number))
        signal.raise_signal(signal.SIGINT)
        def other():
            try: signal.signal(signal.SIGINT, signal.SIG_DFL)
            except ValueError as error: print(error)
        t = threading.Thread(target=other); t.start(); t.join()
        print(hasattr(signal, "SIGKILL"), signal.SIGBREAK.name)
        """
    ) == ["caught 2", "signal only works in main thread of the main interpreter", "False SIGBREAK"]

"""Between schedules a view is as its imports left it; where it cannot be, a run goes into a fork."""


from shim_runs import program, run

from notsock.executive.executive import Budget
from notsock.explore.strategies.random import Random
from notsock.shim.python_process import start_python
from notsock.system import System

MUTATES = """
    import builtins, concurrent.futures.thread, email.utils, errno, http.client, logging, os, random, selectors, signal
    import socket, sys, tempfile, threading, time, warnings, weakref
    seen = [
        hasattr(socket, "mark"), hasattr(builtins, "mark"), hasattr(socket.socket, "mark"), len(sys.path),
        socket.getdefaulttimeout(), threading.Thread().name, random.random(), os.environ.get("MARK"),
        len(logging.root.handlers), logging.root.level, sorted(logging.root.manager.loggerDict),
        http.client.HTTPConnection.debuglevel, signal.getsignal(signal.SIGINT).__name__, os.getcwd(),
        len(errno.errorcode),
        tempfile.tempdir, len(warnings.filters), threading.active_count(), time.time is socket, sys.stdout.encoding,
        os.urandom(4), len(concurrent.futures.thread._threads_queues),
    ]
    print(seen)
    pool = concurrent.futures.ThreadPoolExecutor(2); pool.submit(int).result(); pool.shutdown()
    socket.mark = builtins.mark = socket.socket.mark = 1
    sys.path.append("x"); socket.setdefaulttimeout(3); os.environ["MARK"] = "1"
    logging.basicConfig(level=10); logging.getLogger("new.one").setLevel(3)
    http.client.HTTPConnection.debuglevel = 1
    def handler(*_): pass
    signal.signal(signal.SIGINT, handler)
    os.chdir("/"); errno.errorcode.clear(); tempfile.gettempdir(); warnings.simplefilter("error")
    time.time = socket; threading.Thread = None; sys.modules["json"] = None; del http.client.HTTPConnection.auto_open
    sys.stdout.reconfigure(encoding="latin-1")
    """


def test_what_a_run_changes_is_put_back():
    again = program(MUTATES)
    said = [run(again) for _ in range(4)]
    assert said[0].errors == ""
    assert len({one.text(1) for one in said}) == 1
    assert len({one.digest for one in said}) == 1
    assert len({one.digest for one in (run(program(MUTATES)), said[0])}) == 1


def test_modules_met_in_a_run_are_learned():
    again = program("def f():\n    import json.tool, ftplib\n    print(ftplib.FTP.port)\nf()")
    digests = {run(again).digest for _ in range(3)}
    assert len(digests) == 1
    kept = again.stock.kept["p1"]
    assert len(kept) == 1
    assert "ftplib" in kept[0].snapshot.modules


def test_a_run_that_is_cut_off_leaves_nothing_behind():
    again = program(
        """
        import sys, threading, time
        sys.stdout.write("no line's end")
        lock = threading.Lock()
        def other():
            with lock: time.sleep(1e9)
        threading.Thread(target=other).start()
        with lock: pass
        """
    )
    said = [run(again, budget=Budget(time_max_ns=10**9)) for _ in range(2)]
    assert [one.ending for one in said] == ["OUT_OF_TIME"] * 2
    assert said[0].digest == said[1].digest


RACE = """
    import socket, threading
    total = []
    def serve(listener):
        connection, _ = listener.accept()
        with connection: total.append(connection.recv(10))
    listener = socket.create_server(("127.0.0.1", 5000))
    threads = [threading.Thread(target=serve, args=(listener,)) for _ in range(2)]
    for t in threads: t.start()
    for n in range(2):
        with socket.create_connection(("127.0.0.1", 5000)) as s: s.sendall(b"%d" % n)
    for t in threads: t.join()
    listener.close()
    print(sorted(total))
    """


def test_many_schedules_of_one_program():
    again = program(RACE)
    digests = set()
    for seed in range(40):
        said = run(again, strategy=Random(seed))
        assert (said.errors, said.lines, said.ending) == ("", ["[b'0', b'1']"], "FINISHED")
        digests.add(said.digest)
    assert len(digests) > 30
    assert run(again, strategy=Random(7)).digest == run(program(RACE), strategy=Random(7)).digest


def test_one_program_in_several_processes_at_once():
    again = program("import os, socket\nprint(os.getpid(), hasattr(socket, 'mark'))\nsocket.mark = 1")
    for _ in range(2):
        system = System(seed=1)
        machine = system.machine()
        for _ in range(3):
            start_python(machine.create_process("same", None), again)
        system.run()
        output = b"".join(data for _, _, data in system.output).decode().splitlines()
        assert len(set(output)) == 3
        assert all(line.endswith("False") for line in output)

"""A process sees a Windows of its own; the host sees none of it."""

import builtins
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from shim_runs import lines, program, run

from notsock.shim import layout
from notsock.shim.python_process import ProgramError, PythonProgram
from notsock.shim.view import View


def test_a_program_runs_on_windows():
    assert lines(
        """
        import os, selectors, select, sys, socket
        print(sys.platform, os.name, "nt" in sys.builtin_module_names, sys.getwindowsversion().major)
        print(selectors.DefaultSelector.__name__, hasattr(select, "poll"), hasattr(socket, "AF_UNIX"))
        print(os.environ["SystemRoot"] == os.environ["SYSTEMROOT"], os.linesep == "\\r\\n", os.path.join("a", "b"))
        """
    ) == ["win32 nt True 10", "SelectSelector False False", "True True a/b"]


def test_the_host_is_as_it_was():
    modules, path, stdout, size = sys.modules, list(sys.path), sys.stdout, len(sys.meta_path)
    lines("import socket, threading, http.client, xmlrpc.client")
    assert sys.modules is modules
    assert (sys.path, sys.stdout, len(sys.meta_path)) == (path, stdout, size)
    assert sys.platform != "win32"
    assert os.name == "posix"
    assert open is builtins.open
    assert not isinstance(sys.modules["os"].__dict__.get("stat"), staticmethod)


def test_two_processes_share_no_module():
    source = """
        import socket, logging, builtins
        assert not hasattr(socket, "mark"), socket.mark
        assert not hasattr(builtins, "mark")
        socket.mark = builtins.mark = 1
        logging.getLogger("x").setLevel(7)
        print(__name__, len(logging.root.manager.loggerDict))
        """
    assert run(source, source).lines == ["__main__ 1", "__main__ 1"]


def test_imports_from_c_find_the_view():
    assert lines(
        """
        import pickle, sys, types
        sys.modules["made"] = types.ModuleType("made")
        sys.modules["made"].value = 42
        print(pickle.loads(b"cmade\\nvalue\\n."))
        class Here: pass
        print(type(pickle.loads(pickle.dumps(Here()))) is Here)
        import dataclasses
        @dataclasses.dataclass
        class Pair:
            left: int
        print(Pair(1))
        """
    ) == ["42", "True", "Pair(left=1)"]


def test_modules_of_the_program_are_imported_anew_each_run(tmp_path):
    (tmp_path / "mine.py").write_text("import time\ncalls = []\nprint('imported', time.time())\n")
    main = tmp_path / "main.py"
    main.write_text("import mine\nmine.calls.append(1)\nprint(len(mine.calls), mine.__file__)\n")
    again = PythonProgram(main)
    first = run(again)
    second = run(again)
    assert first.lines == second.lines == ["imported 1767225600.000001", f"1 {tmp_path / 'mine.py'}"]
    assert first.digest == second.digest


def test_a_second_thread_waits_for_an_import(tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(5)\nvalue = 7\n")
    main = tmp_path / "main.py"
    main.write_text(
        textwrap.dedent("""
            import threading
            def use():
                import slow
                print(slow.value)
            threads = [threading.Thread(target=use) for _ in range(3)]
            for t in threads: t.start()
            for t in threads: t.join()
            """)
    )
    again = PythonProgram(main)
    for _ in range(2):
        said = run(again)
        assert (said.errors, said.lines, said.ending) == ("", ["7"] * 3, "FINISHED")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("greenlet", "notsock does not run greenlet: it switches stacks under the simulated threads"),
        ("psutil", "notsock does not run psutil: it asks the real machine"),
        ("uvloop", "No module named 'uvloop'"),
        ("fcntl", "No module named 'fcntl'"),
        ("pwd", "No module named 'pwd'"),
    ],
)
def test_what_is_not_modelled_is_fenced_by_name(name, text):
    said = run(f"try:\n    import {name}\nexcept ImportError as error:\n    print(error)")
    assert len(said.lines) == 1
    assert said.lines[0].startswith(text)


def test_starting_what_is_not_python_is_refused_by_name():
    said = lines(
        """
        import os, subprocess
        for call in (lambda: subprocess.run(["ipconfig", "/all"]), lambda: subprocess.run("powershell -c ls")):
            try: call()
            except NotImplementedError as error: print(error)
        try: subprocess.run(["there-is-no-such-program"])
        except FileNotFoundError as error: print(error.winerror)
        try: os.fork()
        except AttributeError as error: print(error)
        print(hasattr(os, "fork"))
        """
    )
    assert [line.split(" is not modelled")[0] for line in said[:2]] == [
        "notsock: starting ipconfig", "notsock: starting powershell",
    ]  # fmt: skip
    assert said[2] == "2"
    assert "simulated Windows" in said[3]
    assert said[4] == "False"


def test_an_unknown_layout_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(layout, "SCAN_WORDS", 8)
    with pytest.raises(layout.LayoutError) as caught:
        layout.Interpreter()
    text = str(caught.value)
    assert "notsock cannot run programs on this Python" in text
    assert "use CPython 3.11, 3.12 or 3.13" in text
    assert "\n" not in text


def test_version_tags_see_every_change():
    assert layout.version_of({}) is not None


def test_a_view_needs_no_run():
    view = View("idle", ["x.py"], [p for p in sys.path if p], "/", {})
    assert view.outside_run(lambda: view.import_module("socket")).__name__ == "socket"
    assert "socket" in view.modules


def test_the_same_run_in_other_launches():
    """Hash seeds and addresses decide nothing."""
    code = textwrap.dedent("""
        import sys
        sys.path.insert(0, sys.argv[1])
        from shim_runs import run
        print(run('''
        import threading, queue, socket, uuid, random
        q = queue.Queue()
        threads = [threading.Thread(target=q.put, args=(n,)) for n in range(3)]
        for t in threads: t.start()
        print({"a", "b"} == set("ab"), random.random(), uuid.uuid4(), [q.get() for t in threads])
        ''').digest)
        """)
    digests = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "ANYTHING": "x" * int(seed)}
        answer = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env=environment, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        digests.add(answer.stdout)
    assert len(digests) == 1


def test_nothing_reaches_the_real_system():
    """The interpreter's own audit says so: no socket, thread, child or written file, over a whole service."""
    code = textwrap.dedent("""
        import sys, test_shim_services
        seen = []
        def audit(event, values):
            if event.startswith(("socket.", "subprocess.", "os.fork", "os.posix_spawn", "_thread.start", "os.system")):
                seen.append(event)
            if event == "open" and isinstance(values[1], str) and set(values[1]) & set("wax+"):
                seen.append(values)
            if event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.putenv"):
                seen.append(event)
        import pathlib, tempfile
        with tempfile.TemporaryDirectory() as where:
            sys.addaudithook(audit)
            test_shim_services.test_http_serves_files_to_urllib(pathlib.Path(where + "/."))
            test_shim_services.test_xmlrpc_and_logging()
            mine = [event for event in seen if event[0] != where + "/page.txt"]
            print(mine)
        """)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (answer.stderr, answer.stdout) == ("", "[]\n")


def test_sys_exit_and_uncaught_exceptions():
    assert run("import sys; sys.exit(5)").codes == [5]
    said = run("import sys; sys.exit('why')")
    assert (said.codes, said.errors) == ([1], "why\n")
    said = run("def f():\n    raise ValueError('no')\nf()")
    assert said.codes == [1]
    assert said.errors.splitlines()[0] == "Traceback (most recent call last):"
    assert said.errors.splitlines()[-1] == "ValueError: no"
    assert "notsock" not in said.errors
    assert [type(error) for _, error in said.system.errors] == [ValueError]


def test_the_end_of_a_process_is_cpythons():
    said = run(
        """
        import atexit, threading, time
        atexit.register(print, "second")
        atexit.register(print, "first")
        threading.Thread(target=lambda: (time.sleep(1), print("joined"))).start()
        threading.Thread(target=lambda: (time.sleep(9), print("never")), daemon=True).start()
        class Last:
            def __del__(self): print("finalized")
        last = Last()
        print("main done")
        """
    )
    assert said.lines == ["main done", "joined", "first", "second", "finalized"]
    assert (said.ending, said.codes) == ("FINISHED", [0])


def test_a_thread_that_catches_its_own_end_is_left_behind():
    said = run(
        """
        import threading, time
        def stubborn():
            while True:
                try: time.sleep(1)
                except BaseException: pass
        threading.Thread(target=stubborn, daemon=True).start()
        time.sleep(3)
        """
    )
    assert (said.ending, said.codes) == ("FINISHED", [0])


def test_a_program_that_is_no_python_is_one_line(tmp_path):
    with pytest.raises(ProgramError, match="No such file"):
        PythonProgram(tmp_path / "none.py")
    (tmp_path / "bad.py").write_text("x = (\n")
    with pytest.raises(ProgramError, match=r"bad\.py, line 1: '\(' was never closed"):
        PythonProgram(tmp_path / "bad.py")


def test_standard_input_is_given_or_at_its_end():
    assert lines("try:\n    input()\nexcept EOFError:\n    print('end')") == ["end"]
    assert run(program("print(input('? '))", stdin=b"typed\n")).lines == ["? typed"]

"""subprocess: children of one command line, in simulated processes, through the handles that they are given."""

import pytest
from shim_runs import program, run

START = """
import os, signal, socket, subprocess, sys, threading, time
PIPE = subprocess.PIPE
def py(code, *arguments, **named):
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, **named)
"""


def said_by(source):
    return run(program(START + source, environment={}))


def child_lines(source):
    said = said_by(source)
    assert said.errors == ""
    assert (said.ending, said.codes[0]) == ("FINISHED", 0)
    return said.lines


def test_output_arguments_and_exit_code_come_back():
    assert child_lines(
        """
code = "import sys; print('out', sys.argv[1:]); print('err', file=sys.stderr); sys.exit(3)"
done = py(code, 'a "b" c', "", "d\\\\\\\\")
print(done.returncode, done.stdout, done.stderr, end="")
"""
    ) == ["3 out ['a \"b\" c', '', 'd\\\\\\\\']", " err"]


def test_lines_end_as_on_windows_where_nobody_translates_them():
    assert child_lines(
        "print(subprocess.check_output([sys.executable, '-c', 'print(1)']))"
    ) == [r"b'1\r\n'"]


def test_a_child_shares_the_console_unless_its_output_is_redirected():
    said = said_by("subprocess.run([sys.executable, '-c', 'print(42)'])\nprint('after')")
    assert said.text(1, "p1/python.1") == "42\n"
    assert said.lines == ["42", "after"]


def test_an_uncaught_exception_is_in_the_childs_stderr_and_its_code_is_1():
    said = said_by("done = py('1/0')\nprint(done.returncode, done.stderr.splitlines()[-1])")
    assert said.lines == ["1 ZeroDivisionError: division by zero"]
    assert said.errors == ""


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("import sys; sys.exit()", 0),
        ("import sys; sys.exit(-1)", 0xFFFFFFFF),
        ("import sys; sys.exit('words')", 1),
        ("import os; os._exit(7)", 7),
        ("import os\ntry:\n    os._exit(7)\nfinally:\n    print('no')", 7),
        ("import os; os.abort()", 3),
        ("raise KeyboardInterrupt", 0xC000013A),
        ("import os, signal; os.kill(os.getpid(), 15)", 15),
        ("import atexit, os; atexit.register(os._exit, 9)", 9),
        ("import(x)", 1),
    ],
)
def test_exit_codes(code, exit_code):
    said = child_lines(f"done = py({code!r})\nprint(done.returncode, repr(done.stdout))")
    assert said == [f"{exit_code} ''"]


def test_conversations_over_pipes():
    assert child_lines(
        """
child = subprocess.Popen([sys.executable, "-u", "-c", "for line in open(0): print(line.strip()[::-1])"],
    stdin=PIPE, stdout=PIPE, text=True)
for word in ("stressed", "drawer"):
    print(word, file=child.stdin, flush=True)
    print(child.stdout.readline().strip())
print(child.communicate("live\\n")[0].strip(), child.returncode)
print(subprocess.check_output([sys.executable, "-c", "print(input().upper())"], input="x", text=True).strip())
"""
    ) == ["desserts", "reward", "evil 0", "X"]


def test_a_child_that_does_not_flush_makes_its_reader_wait():
    said = said_by(
        """
child = subprocess.Popen([sys.executable, "-c", "import sys; print(1); sys.stdin.readline()"], stdin=PIPE, stdout=PIPE)
child.stdout.readline()
"""
    )
    assert said.ending == "DEADLOCK"


def test_a_child_that_writes_more_than_the_pipe_holds_waits_for_its_parent():
    code = "import sys; sys.stdout.write('x' * 5000)"
    waits = f"child = subprocess.Popen([sys.executable, '-c', {code!r}], stdout=PIPE)\nchild.wait()"
    assert said_by(waits).ending == "DEADLOCK"
    assert child_lines(f"print(len(py({code!r}).stdout))") == ["5000"]


def test_time_outs_kill_and_terminate():
    assert child_lines(
        """
forever = [sys.executable, "-c", "import time; time.sleep(1e6)"]
child = subprocess.Popen(forever)
try: child.wait(0.5)
except subprocess.TimeoutExpired as error: print(error.timeout)
print(child.poll(), child.terminate(), child.wait(), child.poll(), child.kill())
try: subprocess.run(forever, timeout=2)
except subprocess.TimeoutExpired: print(round(time.monotonic()) - 100)
try: os.kill(child.pid, 9)
except PermissionError as error: print(error.winerror)
"""
    ) == ["0.5", "None None 1 1 None", "2", "5"]


def test_ctrl_break_reaches_a_group_of_its_own():
    assert child_lines(
        """
code = '''
import signal, sys, time
def stop(*_): print("stopped"); sys.exit(9)
if len(sys.argv) > 1: signal.signal(signal.SIGBREAK, stop)
print("ready", flush=True)
while True: time.sleep(1)
'''
for arguments in ["handle"], []:
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=PIPE, text=True,
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
    child.stdout.readline()
    child.send_signal(signal.CTRL_BREAK_EVENT)
    print(hex(child.wait()), child.stdout.read().strip())
"""
    ) == ["0x9 stopped", "0xc000013a "]


def test_environment_and_folder_are_the_childs_own(tmp_path):
    assert child_lines(
        f"""
os.environ["Colour"] = "red"
code = "import os; print(os.environ['COLOUR'], os.environ['colour'], os.getcwd())"
print(py(code, cwd={str(tmp_path)!r}).stdout, end="")
print(py("import os; print(sorted(os.environ))", env={{"One": "1"}}).stdout, end="")
try: py("", cwd="/there/is/no/such/folder")
except NotADirectoryError as error: print(error.winerror)
changed = py("import os; os.chdir('/'); os.environ['COLOUR'] = 'blue'")
print(changed.returncode, os.environ["COLOUR"], os.getcwd() != "/")
"""
    ) == [f"red red {tmp_path}", "['ONE']", "267", "0 red True"]


def test_scripts_modules_and_standard_input_as_programs(tmp_path):
    (tmp_path / "helper.py").write_text("WORD = 'helped'\n")
    (tmp_path / "script.py").write_text("import helper, sys\nprint(helper.WORD, sys.argv, __name__, __file__)\n")
    assert child_lines(
        f"""
def said(*words, **named):
    done = subprocess.run([sys.executable, *words], stdout=PIPE, stderr=subprocess.STDOUT, text=True, **named)
    print(done.returncode, done.stdout, end="")
said("script.py", "x", cwd={str(tmp_path)!r})
said("-m", "script", cwd={str(tmp_path)!r})
said("-", "y", input="import sys; print(sys.argv)")
said("-m", "no_such_module")
said("none.py", cwd="/")
said("-W", "error", "-c", "import sys; print(sys.warnoptions)")
with open("written.py", "w") as file: file.write("print('written in the run')")
said("written.py")
""",
    ) == [
        "0 helped ['script.py', 'x'] __main__ script.py",
        f"0 helped ['{tmp_path}/script.py'] __main__ {tmp_path}/script.py",
        "0 ['-', 'y']",
        f"1 {__import__('sys').executable}: No module named no_such_module",
        f"2 {__import__('sys').executable}: can't open file '/none.py': [Errno 2] No such file or directory",
        "0 ['error']",
        "0 written in the run",
    ]


def test_standard_handles_can_be_anything_with_a_descriptor(tmp_path):
    assert child_lines(
        f"""
where = {str(tmp_path)!r} + "/out"
with open(where, "w+") as file:
    subprocess.run([sys.executable, "-c", "print('into a file')"], stdout=file)
    file.seek(0); print(file.read(), end="")
nul = subprocess.DEVNULL
print(subprocess.run([sys.executable, "-c", "print(input())"], stdin=nul, stderr=nul).returncode)
reading, writing = os.pipe()
saved = os.dup(1)
os.dup2(writing, 1)
subprocess.run([sys.executable, "-c", "print('through descriptor 1')"])
os.dup2(saved, 1); os.close(writing)
print(os.read(reading, 100))
"""
    ) == ["into a file", "1", r"b'through descriptor 1\r\n'"]


def test_a_closed_reader_is_an_error_of_the_writer():
    assert child_lines(
        """
code = "import os; os.close(0); os.write(1, b'x'); input()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, stderr=subprocess.DEVNULL)
child.stdout.read(1); child.wait()
try: child.stdin.write(b"y"); child.stdin.flush()
except OSError as error: print(error.errno)
reading, writing = os.pipe()
child = subprocess.Popen([sys.executable, "-c", "print('x')"], stdout=writing, stderr=PIPE)
os.close(writing); os.close(reading)
print(child.wait(), b"Exception ignored" in child.stderr.read())
"""
    ) == ["22", "120 True"]


def test_os_spawn_and_waitpid():
    assert child_lines(
        """
arguments = [sys.executable, "-c", '"import sys; sys.exit(5)"']
print(os.spawnv(os.P_WAIT, sys.executable, arguments))
handle = os.spawnv(os.P_NOWAIT, sys.executable, arguments)
print(os.waitstatus_to_exitcode(os.waitpid(handle, 0)[1]))
print(py("import os, sys; os.execv(sys.executable, ['python', '-V'])").stdout)
"""
    )[:2] == ["5", "5"]


def test_a_child_lives_on_when_its_parent_dies_first():
    said = said_by(
        """
subprocess.Popen([sys.executable, "-c", "import os, time; time.sleep(5); print(os.getppid())"])
os._exit(4)
"""
    )
    assert (said.lines, said.codes, said.ending) == (["1000"], [4, 0], "FINISHED")


def test_a_killed_childs_connections_are_reset():
    assert child_lines(
        """
listener = socket.create_server(("127.0.0.1", 0))
code = f"import socket, time; s = socket.create_connection({listener.getsockname()}); s.send(b'x'); time.sleep(1e6)"
child = subprocess.Popen([sys.executable, "-c", code])
connection, _ = listener.accept()
print(connection.recv(1))
child.kill()
try: connection.recv(1)
except ConnectionResetError as error: print(error.winerror)
"""
    ) == ["b'x'", "10054"]


def test_sockets_are_inherited_only_when_both_sides_ask_for_it():
    assert child_lines(
        """
listener = socket.create_server(("127.0.0.1", 0))
code = '''
import socket, sys
try: print(socket.socket(fileno=int(sys.argv[1])).getsockname()[0])
except OSError as e: print(e.winerror)
'''
def tried(close_fds, startupinfo=None):
    print(py(code, str(listener.fileno()), close_fds=close_fds, startupinfo=startupinfo).stdout, end="")
tried(False)
listener.set_inheritable(True)
tried(True); tried(False)
tried(True, subprocess.STARTUPINFO(lpAttributeList={"handle_list": [listener.fileno()]}))
"""
    ) == ["10038", "10038", "127.0.0.1", "127.0.0.1"]


def test_a_socket_is_shared_with_a_child_by_its_number():
    assert child_lines(
        """
listener = socket.create_server(("127.0.0.1", 0))
code = '''
import socket, sys
listener = socket.fromshare(bytes.fromhex(sys.stdin.readline()))
connection, _ = listener.accept()
connection.sendall(connection.recv(10).upper())
'''
child = subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, text=True)
child.stdin.write(listener.share(child.pid).hex() + "\\n"); child.stdin.flush()
address = listener.getsockname()
listener.close()
with socket.create_connection(address) as s:
    s.sendall(b"shared"); print(s.recv(10))
print(child.wait())
"""
    ) == ["b'SHARED'", "0"]


def test_a_run_with_children_is_the_same_every_time():
    again = program(
        START
        + """
for number in range(3):
    print(py("import random, os; print(random.random(), os.getpid(), os.urandom(4))").stdout)
"""
    )
    said = [run(again) for _ in range(4)]
    assert len({one.digest for one in said}) == 1
    assert len({one.text(1) for one in said}) == 1
    drawn = {line.split()[0] for line in said[0].lines if line}
    assert len(drawn) == 3, "each child draws numbers of its own"


def test_views_of_children_that_have_ended_serve_the_next_ones():
    again = program(START + "for _ in range(5): py('import random')")
    for _ in range(3):
        run(again)
    (stock,) = again.images._stocks.values()
    assert len(stock.kept["python"]) == 1


def test_a_child_has_the_flags_of_its_own_command_line():
    assert child_lines(
        """
code = "import sys; f = sys.flags; print(f.ignore_environment, f.isolated, f.no_user_site, f.dev_mode, f[0])"
for options in ([], ["-E"], ["-I"], ["-s", "-X", "dev"]):
    print(subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True).stdout, end="")
"""
    ) == ["0 0 0 False 0", "1 0 0 False 0", "1 1 1 False 0", "0 0 1 True 0"]

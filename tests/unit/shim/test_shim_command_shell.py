"""``cmd /c``: what ``shell=True``, ``os.system`` and ``os.popen`` start, as Windows' shell takes it apart."""

import pytest
from shim_runs import program, run

START = """
import os, subprocess, sys
def shell(line, **named):
    done = subprocess.run(line, shell=True, capture_output=True, text=True, **named)
    return done.returncode, done.stdout, done.stderr
python = f'"{sys.executable}"'
"""


def said(source, **environment):
    found = run(program(START + source, environment=environment))
    assert (found.ending, found.codes[0]) == ("FINISHED", 0), found.errors
    return found


@pytest.mark.parametrize(("line", "answer"), [
    ("exit 7", (7, "", "")),
    ("exit", (0, "", "")),
    ("exit /b -1", (0xFFFFFFFF, "", "")),
    ("echo two  words", (0, "two  words\n", "")),
    ("echo.", (0, "\n", "")),
    ('echo "a & b"', (0, '"a & b"\n', "")),
    ("echo %NAME% %name% %NOT%", (0, "value value %NOT%\n", "")),
    ("rem nothing & echo more", (0, "more\n", "")),
    ("echo a && echo b || echo c", (0, "a \nb \n", "")),
    ("exit 3 & echo never", (3, "", "")),
])  # fmt: skip
def test_its_own_commands(line, answer):
    assert said(f"print(shell({line!r}))", NAME="value").lines == [repr(answer)]


def test_programs_inherit_its_handles_and_give_it_their_exit_code():
    code = "import sys; print(sys.stdin.read(), end=''); sys.exit(int(sys.argv[1]))"
    line = "{python} -c " + f'"{code}"'
    source = f"""
for number in (0, 5):
    print(shell(f{line + " {number} && echo well || echo badly"!r}, input="given "))
print(shell(f{line + " 4"!r}, input=""))
"""
    assert said(source).lines == [r"(0, 'given well \n', '')", r"(0, 'given badly\n', '')", "(4, '', '')"]


def test_a_quoted_program_name_keeps_its_quotes():
    assert said("print(shell(python + ' -V')[0], shell(python, input='print(1)')[1])").lines == ["0 1", ""]


def test_a_program_that_there_is_not():
    text = "'nothing-here' is not recognized as an internal or external command,\\noperable program or batch file.\\n"
    assert said("print(shell('nothing-here 1'))").lines == [f'(1, \'\', "{text}")']


@pytest.mark.parametrize(("line", "why"), [
    ("dir", "of the shell's own commands echo, exit and rem are there, dir is not"),
    ("echo a > file", "pipes, redirection and ^ are not modelled in the shell; subprocess has both"),
    ("echo a | sort", "pipes, redirection and ^ are not modelled in the shell; subprocess has both"),
])  # fmt: skip
def test_what_it_does_not_have_is_refused_by_name(line, why):
    assert said(f"print(shell({line!r})[2], end='')").lines == [f"notsock: cmd /c {line} is not modelled: {why}"]


def test_system_and_popen_run_it_too():
    found = said("print(os.system('echo system && exit 5')); print(os.popen('echo popen').read(), end='')")
    assert sorted(found.lines) == ["5", "popen", "system "]


def test_killing_the_shell_does_not_end_what_it_started():
    source = """
line = f'{python} -c "import time; time.sleep(1); print(7)"'
child = subprocess.Popen(line, shell=True, stdout=subprocess.PIPE, text=True)
import time; time.sleep(0.1)
child.kill()
print(child.wait(), child.stdout.read(), end="")
"""
    assert said(source).lines == ["1 7"]

"""Processes in Windows' own calls: what a child is given, what it inherits, how it ends and what that does."""

import pytest

from notsock.executive.strategy import FirstReady
from notsock.kernel32.processes import (
    CREATE_NEW_PROCESS_GROUP,
    CTRL_BREAK_EVENT,
    DETACHED_PROCESS,
    STATUS_CONTROL_C_EXIT,
    STD_ERROR_HANDLE,
    STD_INPUT_HANDLE,
    STD_OUTPUT_HANDLE,
)
from notsock.objects.startup import STARTF_USESTDHANDLES, StartupInfo
from notsock.system import System

AF_INET, SOCK_STREAM = 2, 1
STILL_ACTIVE = 259


def happen(parent, **programs):
    """Run ``parent(api, say)`` beside the programs that it may start by name; return what was said."""
    system = System(strategy=FirstReady())
    machine = system.machine()
    said = []
    for name, main in programs.items():
        machine.install_program(name, lambda api, main=main: main(api, said.append))
    machine.process("parent").thread(lambda api: parent(api, said.append))
    outcome = system.run()
    assert system.errors == []
    said.append(outcome.ending.name)
    return said


def test_a_child_gets_its_command_line_and_its_own_environment():
    def parent(api, say):
        k = api.kernel32
        k.SetEnvironmentVariable("Colour", "red")
        made = k.CreateProcess(None, "child.exe one two")
        assert k.WaitForSingleObject(made.process) == 0
        assert k.CreateProcess("CHILD", None, environment={"COLOUR": "blue"}) is not None
        say((made.process_id != k.GetCurrentProcessId(), k.GetExitCodeProcess(made.process)))

    def child(api, say):
        k = api.kernel32
        say((k.GetCommandLine(), k.GetEnvironmentVariable("colour")))
        k.SetEnvironmentVariable("colour", None)
        k.ExitProcess(7)

    assert happen(parent, child=child) == [
        ("child.exe one two", "red"), (True, 7), ('"CHILD"', "blue"), "FINISHED",
    ]  # fmt: skip


def test_there_is_no_such_program():
    def parent(api, say):
        say((api.kernel32.CreateProcess(None, "nothing.exe"), api.kernel32.GetLastError()))

    assert happen(parent) == [(None, 2), "FINISHED"]


def test_only_inheritable_handles_are_inherited_and_of_those_only_the_listed():
    def parent(api, say):
        k = api.kernel32
        plain, first, second = k.CreateEvent(True), k.CreateEvent(True), k.CreateEvent(True)
        for handle in (first, second):
            k.SetHandleInformation(handle, 1, 1)
        say([plain, first, second])
        for inherit, chosen in ((False, None), (True, None), (True, (second,))):
            made = k.CreateProcess(None, "child", inherit, startup=StartupInfo(handle_list=chosen))
            k.WaitForSingleObject(made.process)
        for inherit, chosen in ((False, (second,)), (True, (plain,)), (True, ())):
            say((k.CreateProcess(None, "child", inherit, startup=StartupInfo(handle_list=chosen)), k.GetLastError()))

    def child(api, say):
        say(sorted(api.table.objects))

    numbers, nothing, everything, listed, *refused, ending = happen(parent, child=child)
    assert nothing == []
    assert everything == numbers[1:]
    assert listed == numbers[2:]
    assert refused == [(None, 87)] * 3
    assert ending == "FINISHED"


def test_standard_handles_are_those_that_the_creator_names():
    def parent(api, say):
        k = api.kernel32
        reading, writing = k.CreatePipe(inherit=True)
        startup = StartupInfo(STARTF_USESTDHANDLES, 0, writing, writing)
        made = k.CreateProcess(None, "child", True, startup=startup)
        k.CloseHandle(writing)
        while (data := k.ReadFile(reading, 100)) is not None:
            say(data)
        say((k.GetLastError(), k.WaitForSingleObject(made.process)))

    def child(api, say):
        k = api.kernel32
        say((k.GetStdHandle(STD_INPUT_HANDLE), k.GetFileType(k.GetStdHandle(STD_OUTPUT_HANDLE))))
        say(api.crt._write(1, b"by the runtime"))
        k.WriteFile(k.GetStdHandle(STD_ERROR_HANDLE), b"by handle")

    assert happen(parent, child=child) == [(0, 3), 14, b"by the runtime", b"by handle", (109, 0), "FINISHED"]


def test_a_child_that_inherits_nothing_gets_duplicates_of_redirected_standard_handles():
    def parent(api, say):
        k = api.kernel32
        reading, writing = k.CreatePipe()
        k.SetStdHandle(STD_OUTPUT_HANDLE, writing)
        k.CreateProcess(None, "child")
        k.CloseHandle(writing)
        say(k.ReadFile(reading, 100))
        say((k.ReadFile(reading, 100), k.GetLastError()))

    def child(api, say):
        say(api.crt._write(1, b"mine") + api.crt._write(2, b"on the console"))

    assert happen(parent, child=child) == [18, b"mine", (None, 109), "FINISHED"]


def test_a_detached_process_has_no_console():
    def parent(api, say):
        k = api.kernel32
        say(k.GetStdHandle(STD_OUTPUT_HANDLE) != 0)
        k.CreateProcess(None, "child", flags=DETACHED_PROCESS)

    def child(api, say):
        say((api.kernel32.GetStdHandle(STD_OUTPUT_HANDLE), api.crt._write(1, b"x")))

    assert happen(parent, child=child) == [True, (0, -1), "FINISHED"]


def test_a_number_is_free_when_nobody_has_a_handle_to_the_dead_process():
    def parent(api, say):
        k = api.kernel32
        made = k.CreateProcess(None, "child")
        k.WaitForSingleObject(made.process)
        again = k.OpenProcess(made.process_id)
        say((bool(again), k.GetProcessId(again) == made.process_id, k.TerminateProcess(again), k.GetLastError()))
        k.CloseHandle(again)
        k.CloseHandle(made.process)
        say((k.OpenProcess(made.process_id), k.GetLastError()))

    assert happen(parent, child=lambda api, say: None) == [(True, True, False, 5), (0, 87), "FINISHED"]


def test_an_exit_code_of_259_looks_alive_but_is_signalled():
    def parent(api, say):
        k = api.kernel32
        made = k.CreateProcess(None, "child")
        say((k.WaitForSingleObject(made.process), k.GetExitCodeProcess(made.process)))

    assert happen(parent, child=lambda api, say: api.kernel32.ExitProcess(STILL_ACTIVE)) == [
        (0, STILL_ACTIVE), "FINISHED",
    ]  # fmt: skip


def test_whatever_a_process_calls_after_its_end_does_nothing():
    def parent(api, say):
        k = api.kernel32
        event = k.CreateEvent(True)
        k.SetHandleInformation(event, 1, 1)
        made = k.CreateProcess(None, "child", True)
        k.WaitForSingleObject(made.process)
        say((k.WaitForSingleObject(event, 1000), k.GetExitCodeProcess(made.process)))

    def child(api, say):
        k = api.kernel32
        try:
            k.ExitProcess(3)
        finally:
            k.SetEvent(min(api.table.objects, default=0x64))
            say("never")

    assert happen(parent, child=child) == [(258, 3), "FINISHED"]


def test_a_process_that_will_not_unwind_is_left_and_the_others_go_on():
    def parent(api, say):
        made = api.kernel32.CreateProcess(None, "child")
        api.kernel32.WaitForSingleObject(made.process)
        say(api.kernel32.GetExitCodeProcess(made.process))

    def child(api, say):
        while True:
            try:
                api.kernel32.ExitProcess(3)
            except BaseException:  # noqa: BLE001 - on purpose
                continue

    assert happen(parent, child=child) == [3, "FINISHED"]


def test_termination_resets_the_connections_of_the_process():
    def parent(api, say):
        k, ws = api.kernel32, api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ("127.0.0.1", 80))
        ws.listen(listener, 5)
        made = k.CreateProcess(None, "child")
        connection, _ = ws.accept(listener)
        say(ws.recv(connection, 100, 0))
        k.TerminateProcess(made.process, 9)
        say((ws.recv(connection, 100, 0), k.GetLastError(), k.GetExitCodeProcess(made.process)))

    def child(api, say):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.connect(s, ("127.0.0.1", 80))
        ws.send(s, b"hello", 0)
        api.kernel32.Sleep(1_000_000)

    assert happen(parent, child=child) == [b"hello", (None, 10054, 9), "FINISHED"]


@pytest.mark.parametrize("handled", [True, False])
def test_ctrl_break_reaches_the_group_by_its_handler_or_ends_it(handled):
    def parent(api, say):
        k = api.kernel32
        made = k.CreateProcess(None, "child", flags=CREATE_NEW_PROCESS_GROUP)
        k.Sleep(10)
        say(k.GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, made.process_id))
        k.WaitForSingleObject(made.process)
        say(k.GetExitCodeProcess(made.process))
        say((k.GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, 12345), k.GetLastError()))

    def child(api, say):
        api.on_control = lambda event: handled and say(event) is None
        api.kernel32.Sleep(100)

    seen = [True, *([1] if handled else []), 0 if handled else STATUS_CONTROL_C_EXIT, (False, 87), "FINISHED"]
    assert happen(parent, child=child) == seen


def test_a_semaphore_lets_as_many_in_as_its_count():
    def parent(api, say):
        k = api.kernel32
        semaphore = k.CreateSemaphore(2, 3)
        say([k.WaitForSingleObject(semaphore, 0) for _ in range(3)])
        say((k.ReleaseSemaphore(semaphore, 2), k.ReleaseSemaphore(semaphore, 2), k.GetLastError()))
        say((k.CreateSemaphore(4, 3), k.GetLastError()))

    assert happen(parent) == [[0, 0, 258], (0, None, 298), (0, 87), "FINISHED"]

"""Waiting for objects, and the handles of threads and processes."""

from notsock.kernel32.kernel32 import CURRENT_THREAD, WAIT_FAILED, WAIT_OBJECT_0, WAIT_TIMEOUT
from notsock.system import System
from notsock.trace.events import Ending


def run(main):
    system = System()
    system.machine().process().thread(main)
    assert system.run().ending is Ending.FINISHED
    for _, error in system.errors:
        raise error


def test_waiting_for_all_takes_none_before_it_has_all():
    def main(api):
        k = api.kernel32
        first, second = k.CreateEvent(), k.CreateEvent()
        k.SetEvent(first)
        assert k.WaitForMultipleObjects([first, second], wait_all=True, milliseconds=100) == WAIT_TIMEOUT
        assert api.executive.now == 100_000_000
        assert k.WaitForSingleObject(first, 0) == WAIT_OBJECT_0, "it was left signalled"
        k.SetEvent(first)
        k.CreateThread(lambda: k.SetEvent(second))
        assert k.WaitForMultipleObjects([first, second], wait_all=True) == WAIT_OBJECT_0
        assert k.WaitForSingleObject(first, 0) == WAIT_TIMEOUT
        assert k.WaitForSingleObject(second, 0) == WAIT_TIMEOUT

    run(main)


def test_waiting_for_one_of_several_takes_the_first_that_is_ready():
    def main(api):
        k = api.kernel32
        events = [k.CreateEvent(), k.CreateEvent(initial=True), k.CreateEvent(initial=True)]
        assert k.WaitForMultipleObjects(events) == WAIT_OBJECT_0 + 1
        assert k.WaitForMultipleObjects(events) == WAIT_OBJECT_0 + 2
        assert k.WaitForMultipleObjects(events, milliseconds=0) == WAIT_TIMEOUT

    run(main)


def test_an_automatic_event_lets_one_through_and_a_manual_one_everybody():
    def main(api):
        k = api.kernel32
        for manual, woken in ((False, 1), (True, 3)):
            event, through = k.CreateEvent(manual), []
            threads = [
                k.CreateThread(lambda e=event, t=through: t.append(k.WaitForSingleObject(e, 1000))) for _ in range(3)
            ]
            k.Sleep(10)
            k.SetEvent(event)
            for thread in threads:
                assert k.WaitForSingleObject(thread) == WAIT_OBJECT_0
            assert through.count(WAIT_OBJECT_0) == woken

    run(main)


def test_waiting_for_what_is_no_object():
    def main(api):
        k = api.kernel32
        s = api.ws2_32.WSAStartup() or api.ws2_32.socket(2, 1, 0)
        assert k.WaitForSingleObject(0x1000) == WAIT_FAILED
        assert k.GetLastError() == 6
        assert k.WaitForMultipleObjects([k.CreateEvent(), 0x1000]) == WAIT_FAILED
        assert k.WaitForSingleObject(s) == WAIT_FAILED
        api.ws2_32.closesocket(s)

    run(main)


def test_a_pseudo_handle_becomes_a_real_one():
    def main(api):
        k = api.kernel32
        real = k.DuplicateHandle(-1, CURRENT_THREAD, -1)
        k.CreateThread(lambda: k.WaitForSingleObject(real) == WAIT_OBJECT_0 and k.SetEvent(event))
        event = k.CreateEvent()
        itself = k.DuplicateHandle(-1, -1, -1)
        assert k.GetExitCodeProcess(itself) == 259
        assert k.CloseHandle(itself)

    run(main)


def test_a_childs_exit_code():
    def main(api):
        k = api.kernel32
        process, process_id = k.CreateProcess("child", lambda child: child.kernel32.ExitProcess(7))
        assert k.WaitForSingleObject(process) == WAIT_OBJECT_0
        assert k.GetExitCodeProcess(process) == 7
        assert k.OpenProcess(process_id + 1) == 0

    run(main)

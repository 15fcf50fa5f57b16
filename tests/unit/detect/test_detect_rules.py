"""Every rule, both ways: found where the bug is, silent where the program is right."""

import pytest
from detect_scenes import Alternate, duplicate, findings, notes, one_process, rules

from notsock.detect.finding import Severity
from notsock.detect.judge import CLEAN, FOUND, NOT_APPLICABLE, judge
from notsock.detect.rules import all_rules
from notsock.explore.strategies.random import Random
from notsock.system import System
from notsock.trace.codec import decode, encode
from notsock.trace.events import HandleClosed, HandleMissed, HandleOpened
from notsock.winsock.constants import SO_KEEPALIVE, SOL_SOCKET


def only(system, rule):
    found = [finding for finding in findings(system) if finding.rule == rule]
    assert len(found) == 1, found
    return found[0]


# ---- closed-twice ---------------------------------------------------------------------------------------------


def closing(*names, release="11"):
    system, process = one_process(release)

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        s = w.socket()
        for name in names:
            getattr(w, name, None) and getattr(w, name)(s)
            hasattr(api.kernel32, name) and getattr(api.kernel32, name)(s)

    return system


def test_a_second_closesocket_is_a_double_close():
    found = only(closing("closesocket", "closesocket"), "closed-twice")
    assert found.severity.value == "error"
    assert found.article == "Q155738"
    assert [moment.role for moment in found.history] == ["opened here", "closed here first", "closed here again"]
    assert [moment.call for moment in found.history] == ["socket() = 0x64", "closesocket(0x64)", "closesocket(0x64)"]
    assert all(moment.stack[0].file == __file__ for moment in found.history)
    assert found.consequence == "closesocket(0x64) failed with 10038 (WSAENOTSOCK)"


@pytest.mark.parametrize("names", [("closesocket", "CloseHandle"), ("CloseHandle", "closesocket")])
def test_closing_by_two_calls_is_a_double_close_whatever_they_return(names):
    assert "closed-twice" in rules(closing(*names))


def test_two_closes_by_one_call_are_not_told_to_choose_between_it_and_itself():
    advice = only(closing("closesocket", "closesocket"), "closed-twice").advice
    assert advice == "close it in one place, and forget the number there"


def test_two_threads_that_close_are_told_to_agree():
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        s = w.socket()
        api.crt._beginthreadex(lambda api: api.ws2_32.closesocket(s), api)
        api.kernel32.Sleep(10)
        w.closesocket(s)

    assert only(system, "closed-twice").advice.startswith("let one thread close it, or look and close under one lock")


def test_a_second_close_is_of_what_its_thread_had_closed_and_not_of_who_had_the_number_meanwhile():
    system, process = one_process()

    @process.thread
    def twice(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        api.kernel32.Sleep(20)
        api.ws2_32.closesocket(s)

    @process.thread
    def meanwhile(api):
        api.ws2_32.WSAStartup()
        api.kernel32.Sleep(10)
        api.ws2_32.closesocket(api.ws2_32.socket())

    found = only(system, "closed-twice")
    assert [moment.thread for moment in found.history] == ["program/twice"] * 3


def test_an_owner_whose_socket_was_closed_is_not_blamed_for_what_it_did_with_the_number_since():
    system, process = one_process()

    @process.thread
    def culprit(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        api.kernel32.Sleep(10)
        api.ws2_32.closesocket(s)

    @process.thread
    def owner(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(5)
        mine = w.socket()
        api.kernel32.Sleep(10)
        w.send(mine, b"x")
        api.kernel32.CloseHandle(api.kernel32.CreateEvent())  # a log's file, say: it is given the same number
        w.closesocket(mine)

    assert rules(system) == {"stale-close"}


def test_one_close_is_none():
    assert findings(closing("closesocket")) == ()


def test_a_thread_handle_closed_before_endthread_does_it_again():
    system, process = one_process("nt4")

    @process.thread
    def main(api):
        api.kernel32.CloseHandle(api.crt._beginthread(lambda: api.kernel32.Sleep(1)))
        api.kernel32.Sleep(5)

    found = only(system, "closed-twice")
    assert "_beginthreadex" in found.advice


def test_beginthreadex_and_one_close_is_clean():
    system, process = one_process("nt4")

    @process.thread
    def main(api):
        thread = api.crt._beginthreadex(lambda: api.kernel32.Sleep(1))
        api.kernel32.WaitForSingleObject(thread)
        api.kernel32.CloseHandle(thread)

    assert findings(system) == ()


# ---- closed-through-alias and stale-context ----------------------------------------------------------------------


def alias(release, *, descriptor_first=True, company=False):
    system, process = one_process(release, name="perl")

    @process.thread
    def main(api):
        w, crt = api.ws2_32, api.crt
        w.WSAStartup()
        s = w.socket()
        fd = crt._open_osfhandle(s)
        if descriptor_first:
            crt._close(fd)
            w.closesocket(s)
        else:
            w.closesocket(s)
            crt._close(fd)

    if company:
        process.thread(lambda api: api.kernel32.Sleep(10))
    return system


@pytest.mark.parametrize("release", ["nt4", "nt4-sp4", "11"])
def test_the_documented_order_is_a_note_while_nobody_can_come_between(release):
    assert rules(alias(release)) == set()
    assert "closed-through-alias" in notes(alias(release))


def test_the_documented_order_is_a_warning_beside_another_thread():
    assert rules(alias("nt4-sp4", company=True)) == {"closed-through-alias"}


def test_on_sp3_it_fails_and_the_context_stays():
    found = only(alias("nt4-sp3"), "closed-through-alias")
    assert found.severity.value == "warning"
    assert "10038" in found.consequence
    assert only(alias("nt4-sp3"), "stale-context").article == "Q185727"


def test_the_descriptor_closed_last_fails():
    found = only(alias("11", descriptor_first=False), "closed-through-alias")
    assert found.severity.value == "warning"
    assert "EBADF" in found.consequence


def test_a_descriptor_with_a_handle_of_its_own_is_clean():
    system, process = one_process("nt4-sp3")

    @process.thread
    def main(api):
        w, crt = api.ws2_32, api.crt
        w.WSAStartup()
        s = w.socket()
        fd = crt._open_osfhandle(api.kernel32.DuplicateHandle(-1, s, -1))
        crt._close(fd)
        w.closesocket(s)

    assert findings(system) == ()


def test_a_socket_that_only_its_descriptor_closed_leaves_its_context():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        api.crt._close(api.crt._open_osfhandle(api.ws2_32.socket()))

    assert rules(system) == {"stale-context"}


# ---- stale-close ------------------------------------------------------------------------------------------------


def test_a_context_tells_that_closesocket_meant_another_object():
    system, process = one_process("nt4")

    @process.thread
    def main(api):
        w, crt = api.ws2_32, api.crt
        w.WSAStartup()
        s = w.socket()
        crt._close(crt._open_osfhandle(s))
        api.kernel32.Sleep(10)
        w.closesocket(s)

    @process.thread
    def other(api):
        api.kernel32.Sleep(5)
        event = api.kernel32.CreateEvent()
        api.kernel32.Sleep(10)
        api.kernel32.SetEvent(event)
        api.kernel32.CloseHandle(event)

    found = only(system, "stale-close")
    assert found.severity.value == "error"
    assert found.object.startswith("event")
    assert "other: SetEvent(0x64) failed with 6" in found.consequence


def test_a_descriptor_tells_that_close_meant_another_object():
    system, process = one_process()

    @process.thread
    def main(api):
        w, crt = api.ws2_32, api.crt
        w.WSAStartup()
        s = w.socket()
        fd = crt._open_osfhandle(s)
        w.closesocket(s)
        t = w.socket(2, 2)
        assert t == s
        crt._close(fd)
        w.sendto(t, b"x", 0, ("127.0.0.1", 9))

    assert "stale-close" in rules(system)


def stale(*, uses, told=False, given=False):
    """Thread a closes a number twice; in between thread b is given it."""
    system, process = one_process("nt4")
    box = []

    @process.thread
    def a(api):
        w, k = api.ws2_32, api.kernel32
        w.WSAStartup()
        s = w.socket()
        event = k.CreateEvent()
        box.append(event)
        w.closesocket(s)
        if told:
            k.WaitForSingleObject(event)
        else:
            k.Sleep(10)
        w.closesocket(s)
        k.Sleep(20)
        k.CloseHandle(event)

    @process.thread
    def b(api):
        w, k = api.ws2_32, api.kernel32
        w.WSAStartup()
        k.Sleep(5)
        t = w.socket(2, 2)
        if told:
            k.SetEvent(box[0])
        k.Sleep(10)
        if uses:
            w.sendto(t, b"x", 0, ("127.0.0.1", 9))

    return system


def test_a_double_close_that_hits_another_threads_socket_is_an_error_when_its_owner_fails():
    found = only(stale(uses=True), "stale-close")
    assert found.severity.value == "error"
    assert found.consequence == "program/b: sendto(0x64, 1 bytes) failed with 10038 (WSAENOTSOCK)"
    assert rules(stale(uses=True)) == {"stale-close"}


def test_it_is_a_note_while_nobody_has_noticed():
    assert only(stale(uses=False), "stale-close").severity.value == "note"


def test_a_thread_that_was_told_of_the_new_socket_may_close_it():
    assert rules(stale(uses=False, told=True)) == set()


def test_endthread_closing_a_socket_is_certain():
    system, process = one_process("nt4")

    @process.thread
    def main(api):
        w, k = api.ws2_32, api.kernel32
        w.WSAStartup()
        k.CloseHandle(api.crt._beginthread(lambda: k.Sleep(10)))
        s = w.socket(2, 2)
        k.Sleep(20)
        w.closesocket(s)

    found = only(system, "stale-close")
    assert found.severity.value == "error"
    assert "_endthread" in found.title
    assert "Q132078" in found.advice


def test_closesocket_on_an_event_that_has_the_number_now_is_refused():
    system, process = one_process("nt4")

    @process.thread
    def a(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        api.kernel32.Sleep(10)
        assert api.ws2_32.closesocket(s) == -1

    @process.thread
    def b(api):
        api.kernel32.Sleep(5)
        event = api.kernel32.CreateEvent()
        api.kernel32.Sleep(10)
        assert api.kernel32.CloseHandle(event)

    assert "10038" in only(system, "stale-close").consequence


# ---- use-after-close --------------------------------------------------------------------------------------------


def test_a_call_on_a_closed_socket_is_found():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        api.ws2_32.select([s], [], [], 0)

    found = only(system, "use-after-close")
    assert found.severity.value == "warning"
    assert "10038" in found.consequence


def test_a_call_on_a_number_that_is_an_event_now_is_an_error():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        event = api.kernel32.CreateEvent()
        api.ws2_32.send(s, b"x")
        api.kernel32.CloseHandle(event)

    assert only(system, "use-after-close").severity.value == "error"


def test_a_number_that_never_meant_anything_is_no_use_after_close():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        api.ws2_32.send(-1, b"x")
        api.ws2_32.closesocket(0x1234)

    assert findings(system) == ()


# ---- two-owners -------------------------------------------------------------------------------------------------


def owners(release, *, kind=2, reuse=False, strategy=None):
    system = System(release=release, strategy=strategy)
    machine = system.machine()
    for name in ("one", "two"):
        process = machine.process(name)

        @process.thread
        def main(api):
            w = api.ws2_32
            w.WSAStartup()
            s = w.socket(2, kind)
            if reuse:
                w.setsockopt(s, 0xFFFF, 4, b"\1\0\0\0")
            w.bind(s, ("127.0.0.1", 4000))
            if kind == 1:
                w.listen(s)
            api.kernel32.Sleep(50)
            w.closesocket(s)

    sender = machine.process("sender")

    @sender.thread
    def send(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        s = w.socket(2, 2)
        w.sendto(s, b"x", 0, ("127.0.0.1", 4000))
        w.closesocket(s)

    return system


def test_two_owners_of_a_port_and_who_hears():
    found = only(owners("nt4-sp1", strategy=Alternate()), "two-owners")
    assert found.severity.value == "error"
    assert found.article == "Q142634"
    assert "heard all 1" in found.consequence
    assert "heard nothing" in found.consequence


@pytest.mark.parametrize("release", ["nt4-sp2", "11"])
def test_later_releases_have_one_owner(release):
    assert findings(owners(release, strategy=Alternate())) == ()


def test_datagram_sockets_that_both_asked_for_sharing_are_fine():
    assert findings(owners("11", reuse=True)) == ()


def test_two_processes_that_share_a_listeners_port_get_a_warning():
    found = only(owners("11", kind=1, reuse=True), "two-owners")
    assert found.severity.value == "warning"
    assert found.article is None


# ---- leaked-duplicate -------------------------------------------------------------------------------------------


def test_a_duplicate_closed_last_leaks_on_windows_98():
    found = only(duplicate("98"), "leaked-duplicate")
    assert found.article == "Q198663"
    assert "CLOSE_WAIT" in found.consequence or "FIN_WAIT_2" in found.consequence


@pytest.mark.parametrize("options", [{"dummy": True}, {"original_last": True}])
def test_both_workarounds_are_clean(options):
    assert findings(duplicate("98", **options)) == ()


@pytest.mark.parametrize("release", ["nt4-sp4", "11"])
def test_nt_cleans_up(release):
    assert findings(duplicate(release)) == ()


def test_a_duplicate_that_its_process_never_opens_keeps_the_connection():
    found = only(duplicate("11", opens=False), "leaked-duplicate")
    assert found.article is None
    assert "ESTABLISHED" in found.consequence


def test_a_duplicate_that_was_used_and_left_open_is_only_left_open():
    assert rules(duplicate("11", closes=False)) == set()
    assert notes(duplicate("11", closes=False)) == {"left-open"}


# ---- half-closed-pile, exhausted, left-open ---------------------------------------------------------------------


def pile(count, *, closes):
    system = System()
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 8000))
        w.listen(listener, 50)
        for _ in range(count):
            connection, _ = w.accept(listener)
            w.recv(connection, 10)
            if closes:
                w.closesocket(connection)
        api.kernel32.Sleep(3000)
        w.closesocket(listener)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        for _ in range(count):
            s = w.socket()
            w.connect(s, ("127.0.0.1", 8000))
            w.closesocket(s)

    return system


def test_connections_that_nobody_closes_are_a_pile():
    assert rules(pile(6, closes=False)) == {"half-closed-pile"}
    assert "6 connections of server" in only(pile(6, closes=False), "half-closed-pile").title


def test_a_few_are_none_and_closed_ones_are_none():
    assert rules(pile(3, closes=False)) == set()
    assert findings(pile(6, closes=True)) == ()


def test_sockets_run_out_on_windows_98():
    system, process = one_process("98")

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        held = [w.socket() for _ in range(101)]
        w.connect(held[-1], ("127.0.0.1", 9))
        for s in held:
            w.closesocket(s)

    found = only(system, "exhausted")
    assert found.article == "Q198663"
    assert "100 TCP sockets" in found.title
    assert "10055" in found.consequence


def test_sockets_left_open_are_noted_once_for_each_place():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        for _ in range(3):
            api.ws2_32.socket()

    found = only(system, "left-open")
    assert found.severity.value == "note"
    assert "3 sockets" in found.title


# ---- deadlock, uncaught -------------------------------------------------------------------------------------------


def waiting(server_waits, client_waits):
    system = System()
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def serve(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 8000))
        w.listen(listener)
        connection, _ = w.accept(listener)
        server_waits(api, connection, listener)

    @client.thread
    def ask(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        s = w.socket()
        w.connect(s, ("127.0.0.1", 8000))
        client_waits(api, s)

    return system


def test_two_that_receive_from_each_other_are_deadlocked():
    system = waiting(lambda api, s, _: api.ws2_32.recv(s, 10), lambda api, s: api.ws2_32.recv(s, 10))
    found = only(system, "deadlock")
    assert "server/serve, client/ask wait for ever" in found.title


def test_a_server_that_waits_for_more_work_is_idle():
    system = waiting(lambda api, _, listener: api.ws2_32.accept(listener), lambda api, s: api.ws2_32.closesocket(s))
    assert rules(system) == set()


def test_a_thread_that_waits_for_an_idle_service_is_idle():
    def serve(api, s, listener):
        thread = api.kernel32.CreateThread(lambda: api.ws2_32.accept(listener))
        api.ws2_32.closesocket(s)
        api.kernel32.WaitForSingleObject(thread)

    assert rules(waiting(serve, lambda api, s: api.ws2_32.closesocket(s))) == set()


def test_a_thread_that_waits_for_an_event_nobody_will_set_is_deadlocked():
    system, process = one_process()
    process.thread(lambda api: api.kernel32.WaitForSingleObject(api.kernel32.CreateEvent()))
    assert rules(system) == {"deadlock"}


def pours(api, s, chunks=60):
    for _ in range(chunks):
        api.ws2_32.send(s, bytes(65536))


def drains(api, s):
    while api.ws2_32.recv(s, 65536):
        pass


def test_two_that_send_and_never_read_are_deadlocked_though_tcp_goes_on_to_probe():
    found = only(waiting(lambda api, s, _: pours(api, s), pours), "deadlock")
    assert {moment.call for moment in found.history} == {"send(0x64, 65536 bytes)", "send(0x68, 65536 bytes)"}
    assert {moment.role for moment in found.history} == {
        "waits here for ever, for client/ask to read", "waits here for ever, for server/serve to read"
    }  # fmt: skip
    assert found.advice.startswith("read while you write")


@pytest.mark.parametrize("after_s", [1, 3600])
def test_a_sender_whose_peer_reads_at_last_is_not_deadlocked(after_s):
    def reads_late(api, s, _):
        api.kernel32.Sleep(after_s * 1000)
        drains(api, s)
        api.ws2_32.closesocket(s)

    def pours_and_ends(api, s):
        pours(api, s)
        api.ws2_32.closesocket(s)

    assert "deadlock" not in rules(waiting(reads_late, pours_and_ends))


def test_a_receiver_whose_silent_peer_is_probed_for_ever_is_deadlocked():
    def keeps_alive(api, s, *_):
        api.ws2_32.setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, bytes([1, 0, 0, 0]))
        api.ws2_32.recv(s, 10)

    assert rules(waiting(keeps_alive, keeps_alive)) == {"deadlock"}


def test_a_sender_whose_peer_goes_out_of_reach_hears_of_it():
    """Its probes are not answered any more: that ends the connection, and the wait."""
    system = System()
    near, far = system.machine(), system.machine()
    errors = []

    @near.process("near").thread
    def pouring(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        s = w.socket()
        w.connect(s, ("10.0.0.2", 8000))
        while w.send(s, bytes(65536)) > 0:
            pass
        errors.append(w.WSAGetLastError())

    @far.process("far").thread
    def silent(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("10.0.0.2", 8000))
        w.listen(listener)
        w.accept(listener)
        api.kernel32.Sleep(5_000)
        system.network.partition(*system.network.hosts, apart=True)
        api.kernel32.WaitForSingleObject(api.kernel32.CreateEvent())

    assert only(system, "deadlock").title == "far/silent waits for ever"
    assert errors == [10053]


def test_an_exception_is_noted():
    system, process = one_process()

    @process.thread
    def main(api):
        raise ConnectionResetError(10054, "reset")

    outcome = findings(system, ended=False)
    assert [found.rule for found in outcome] == ["uncaught"]


def test_an_assertion_that_fails_is_an_error():
    system, process = one_process()

    @process.thread
    def main(api):
        raise AssertionError("two answers")

    (found,) = findings(system, ended=False)
    assert (found.rule, found.severity) == ("uncaught", Severity.ERROR)


def test_a_deadlock_shows_where_each_thread_waits():
    system = waiting(lambda api, s, _: api.ws2_32.recv(s, 10), lambda api, s: api.ws2_32.recv(s, 10))
    stacks = [moment.stack for moment in only(system, "deadlock").history]
    assert all(stack[0].file == __file__ for stack in stacks)


def test_a_descriptor_closed_twice():
    system, process = one_process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        fd = api.crt._open_osfhandle(api.kernel32.DuplicateHandle(-1, s, -1))
        api.crt._close(fd)
        api.crt._close(fd)
        api.ws2_32.closesocket(s)

    found = only(system, "closed-twice")
    assert "descriptor 3" in found.title
    assert "EBADF" in found.consequence


def test_a_lock_taken_in_two_orders_would_be_two_that_wait():
    trace = decode("""
        0 ProcessStarted process=1 machine=1 parent=0 name="p"
        1 ThreadStarted thread=1 process=1 name="p/a"
        2 ThreadStarted thread=2 process=1 name="p/b"
        3 Entered thread=1 call=100 first=1 second=0
        4 Exited thread=1 call=100 result=1 error=0
        5 Entered thread=2 call=100 first=2 second=0
        6 Exited thread=2 call=100 result=1 error=0
        7 Entered thread=1 call=100 first=2 second=0
        8 Entered thread=2 call=100 first=1 second=0
        9 Stuck thread=1 call=100 first=2
        10 Stuck thread=2 call=100 first=1
        11 RunEnded ending=1
    """.splitlines())
    (found,) = judge(trace).findings
    assert found.title == "p/a, p/b wait for ever"
    assert [moment.call for moment in found.history] == ["lock.acquire(lock 2)", "lock.acquire(lock 1)"]


# ---- the judge --------------------------------------------------------------------------------------------------


def test_a_rule_whose_events_are_missing_is_not_applicable():
    trace = stale(uses=True).run().trace
    report = judge(trace, frozenset({HandleOpened, HandleClosed, HandleMissed}))
    assert report.verdicts["closed-twice"] == CLEAN
    assert report.verdicts["use-after-close"] == FOUND
    assert report.verdicts["stale-close"] == NOT_APPLICABLE
    assert judge(trace).verdicts["stale-close"] == FOUND


def test_a_trace_from_text_is_judged_like_the_one_it_was_written_from():
    trace = stale(uses=True).run().trace
    again = decode(encode(trace))
    assert [found.title for found in judge(again).findings] == [found.title for found in judge(trace).findings]


def test_every_rule_is_found_and_explains_itself():
    names = [rule.name for rule in all_rules()]
    assert len(names) == len(set(names)) == 16
    for rule in all_rules():
        assert all(f"## {part}" in rule.__doc__ for part in ("What it does", "Why is this bad?", "Example")), rule.name
        assert rule.name.replace("-", "_") == rule.__module__.rpartition(".")[2]


def test_one_cause_has_one_key_in_every_schedule():
    keys = set()
    for seed in range(20):
        report = judge(echo_with_double_close(Random(f"key {seed}")).run().trace)
        keys |= {item.key for item in report.evidence if item.rule == "closed-twice"}
    assert len(keys) == 1


def echo_with_double_close(strategy):
    system = System(strategy=strategy)
    process = system.machine().process()

    @process.thread
    def main(api):
        api.ws2_32.WSAStartup()
        s = api.ws2_32.socket()
        api.ws2_32.closesocket(s)
        api.ws2_32.closesocket(s)

    @process.thread
    def other(api):
        for _ in range(3):
            api.kernel32.Sleep(0)

    return system


def test_closehandle_on_a_socket_that_took_a_threads_number_is_a_warning():
    system, process = one_process("nt4")

    @process.thread
    def main(api):
        thread = api.crt._beginthread(lambda: None)
        api.kernel32.Sleep(10)
        api.kernel32.CloseHandle(thread)

    @process.thread
    def other(api):
        api.kernel32.Sleep(5)
        api.ws2_32.WSAStartup()
        api.ws2_32.socket()
        api.kernel32.Sleep(20)

    found = only(system, "stale-close")
    assert found.severity.value == "warning"
    assert "_beginthreadex" in found.advice


def test_two_threads_that_share_sockets_in_plain_memory_are_healthy():
    for seed in range(30):
        system, process = one_process("11", Random(f"plain memory {seed}"))
        shared = []

        def work(api, shared=shared):
            api.ws2_32.WSAStartup()
            for _ in range(4):
                shared.append(api.ws2_32.socket(2, 2))
                api.kernel32.Sleep(1)
                while shared:
                    api.ws2_32.closesocket(shared.pop())

        process.thread(lambda api, work=work: work(api))
        process.thread(lambda api, work=work: work(api))
        assert rules(system) == set(), seed

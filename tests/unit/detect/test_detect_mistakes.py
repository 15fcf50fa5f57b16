"""Which findings are of one mistake: by the identity of objects in a run, by places in the program between runs."""

import pytest
from detect_scenes import findings, one_process

from notsock.detect.finding import Finding, Moment, Severity
from notsock.detect.judge import judge
from notsock.detect.mistakes import by_mistake, counted, found_by, mistakes_in
from notsock.system import System


def finding(rule, *acts, severity=Severity.ERROR, because=None, moments=1):
    history = tuple(Moment("here", at, "", "", 0, "") for at in range(moments))
    return Finding(rule, severity, rule, "", None, history, "", "", (rule,), tuple((act,) for act in acts), because)


def rules_of(mistake):
    return [each.rule for each in mistake.all]


def as_found(system):
    """Return the mistakes of a run, each by the names of its rules."""
    return [rules_of(mistake) for mistake in mistakes_in(findings(system, ended=False))]


# ---- how they are put together --------------------------------------------------------------------------------------


def test_findings_that_share_an_act_are_of_one_mistake_also_through_a_third():
    found = mistakes_in([finding("a", 1), finding("b", 2), finding("c", 3), finding("d", 1, 2)])
    assert [rules_of(each) for each in found] == [["a", "b", "d"], ["c"]]
    assert counted(found) == "4 findings of 2 mistakes"


def test_without_an_act_a_finding_stands_alone():
    found = mistakes_in([finding("a"), finding("b")])
    assert [rules_of(each) for each in found] == [["a"], ["b"]]
    assert counted(found) == "2 findings"


def test_the_gravest_leads_then_the_one_that_tells_most_and_a_consequence_never_does():
    note, short = finding("note", 1, severity=Severity.NOTE, moments=9), finding("short", 1)
    long, came = finding("long", 1, moments=4), finding("came", 1, because="long", moments=9)
    (mistake,) = mistakes_in([note, came, short, long])
    assert mistake.leading is long
    assert mistake.shapes == (short, note)
    assert mistake.consequences == (came,)


def test_of_equals_the_one_that_was_seen_more_often_leads():
    seen = {"a": 1, "b": 5}
    (mistake,) = by_mistake([finding("a", 1), finding("b", 1)], lambda each: each, lambda each: seen[each.rule])
    assert rules_of(mistake) == ["b", "a"]


def test_mistakes_come_in_the_order_of_their_gravity():
    found = mistakes_in([finding("w", 1, severity=Severity.WARNING), finding("e", 2)])
    assert [rules_of(each) for each in found] == [["e"], ["w"]]


@pytest.mark.parametrize("rule", ["shape", "came"])
def test_the_one_that_is_asked_for_leads_and_none_is_lost(rule):
    every = [finding("lead", 1, moments=2), finding("shape", 1), finding("came", 1, because="lead"), finding("x", 2)]
    (mistake,) = found_by(rule, mistakes_in(every), lambda each: each)
    assert mistake.leading.rule == rule
    assert sorted(rules_of(mistake)) == ["came", "lead", "shape"]


# ---- in one run -----------------------------------------------------------------------------------------------------


def closed_and_used():
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        s = w.socket()
        w.closesocket(s)
        w.send(s, b"x")
        w.closesocket(s)

    return system


def test_a_close_that_came_too_early_is_one_mistake_however_its_user_goes_on():
    assert as_found(closed_and_used()) == [["closed-twice", "use-after-close"]]


def test_two_sockets_are_two_mistakes():
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        one = w.socket()
        w.closesocket(one)
        w.closesocket(one)
        other = w.socket()
        w.closesocket(other)
        w.closesocket(other)

    assert as_found(system) == [["closed-twice"], ["closed-twice"]]


def test_a_thread_that_ends_because_its_socket_was_taken_is_a_consequence():
    system, process = one_process()

    @process.thread
    def main(api):
        def short(api):
            pass

        def owner(api):
            api.kernel32.Sleep(10)
            w = api.ws2_32
            w.WSAStartup()
            s = w.socket()
            api.kernel32.Sleep(20)
            if w.getsockname(s) is None or w.WSAGetLastError():
                raise OSError(10038, "WSAENOTSOCK")

        api.crt._beginthreadex(owner, api)
        handle = api.crt._beginthread(short, api)
        api.kernel32.Sleep(20)
        api.kernel32.CloseHandle(handle)

    (mistake,) = mistakes_in(findings(system, ended=False))
    assert mistake.leading.rule == "stale-close"
    assert [(each.rule, each.because) for each in mistake.consequences] == [("uncaught", "stale-close")]


def thief(api):
    """Close a socket by its descriptor, and 20 ms later its number, which may be another's by then."""
    s = api.ws2_32.socket()
    api.crt._close(api.crt._open_osfhandle(s, 0))
    api.kernel32.Sleep(20)
    api.ws2_32.closesocket(s)


def test_who_is_robbed_and_then_closes_anothers_is_a_consequence_of_the_first():
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()

        def robbed(api):
            api.kernel32.Sleep(10)
            s = w.socket()
            api.kernel32.Sleep(15)
            w.getsockname(s)
            api.kernel32.Sleep(15)
            w.closesocket(s)

        def third(api):
            api.kernel32.Sleep(30)
            s = w.socket()
            api.kernel32.Sleep(30)
            w.closesocket(s)

        for each in (thief, robbed, third):
            api.crt._beginthreadex(each, api)

    (mistake,) = mistakes_in(findings(system))
    assert "by program/main/1 " in mistake.leading.title
    (came,) = mistake.consequences
    assert "by program/main/2 " in came.title
    assert (came.rule, came.because) == ("stale-close", "stale-close")


def test_who_closes_what_somebody_robbed_has_closed_before_lost_it_through_the_robbery():
    """The one that was robbed may know by the event whose the number is: his close is not stale, and yet no fault."""
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()
        told = api.kernel32.CreateEvent(True, False)

        def robbed(api):
            api.kernel32.Sleep(10)
            s = w.socket()
            api.kernel32.WaitForSingleObject(told)
            w.closesocket(s)

        def third(api):
            api.kernel32.Sleep(30)
            s = w.socket()
            api.kernel32.SetEvent(told)
            api.kernel32.Sleep(10)
            w.closesocket(s)

        for each in (thief, robbed, third):
            api.crt._beginthreadex(each, api)

    found = {each.rule: each for each in judge(system.run().trace).evidence}
    assert found["closed-twice"].through == found["stale-close"].victims != frozenset()


def test_who_closes_a_number_that_was_taken_from_him_did_not_close_twice():
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()

        def other(api):
            api.kernel32.Sleep(30)
            w.closesocket(w.socket())

        api.crt._beginthreadex(thief, api)
        api.crt._beginthreadex(other, api)
        api.kernel32.Sleep(10)
        mine = api.kernel32.CreateEvent(False, False)
        api.kernel32.Sleep(40)
        api.kernel32.CloseHandle(mine)

    (found,) = findings(system)
    assert found.rule == "stale-close"
    assert found.consequence == "program/main: CloseHandle(0x6c) failed with 6 (ERROR_INVALID_HANDLE)"


def test_a_thread_that_ends_because_its_peer_was_reset_by_the_end_of_a_process_is_a_consequence():
    system = System(release="11")
    machine = system.machine()

    def server(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 80))
        w.listen(listener, 1)
        w.accept(listener)
        w.closesocket(listener)

    def client(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        s = w.socket()
        w.connect(s, ("127.0.0.1", 80))
        failed = w.recv(s, 10) == -1 or w.WSAGetLastError()
        w.closesocket(s)
        if failed:
            raise OSError(10054, "WSAECONNRESET")

    machine.process("server").thread(server)
    machine.process("client").thread(client)
    (mistake,) = mistakes_in(findings(system, ended=False))
    assert mistake.leading.rule == "left-open"
    assert [(each.rule, each.because) for each in mistake.consequences] == [("uncaught", "left-open")]


def test_a_socket_that_nobody_closes_is_one_mistake_at_the_end_as_well():
    system = System(release="11")
    machine = system.machine()

    def server(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("127.0.0.1", 80))
        w.listen(listener, 10)
        for _ in range(6):
            w.accept(listener)
        w.closesocket(listener)
        api.kernel32.Sleep(5000)

    def client(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(10)
        for _ in range(6):
            s = w.socket()
            w.connect(s, ("127.0.0.1", 80))
            w.closesocket(s)

    machine.process("server").thread(server)
    machine.process("client").thread(client)
    assert as_found(system) == [["half-closed-pile", "left-open"]]


# ---- from run to run ------------------------------------------------------------------------------------------------


def both_close(pause):
    """The close that Q185727 asks for; ``pause`` is how long another thread waits before it opens a socket."""
    system, process = one_process()

    @process.thread
    def main(api):
        w = api.ws2_32
        w.WSAStartup()

        def child(api):
            s = w.socket()
            descriptor = api.crt._open_osfhandle(s, 0)
            api.crt._close(descriptor)
            api.kernel32.Sleep(20)
            w.closesocket(s)

        def other(api):
            api.kernel32.Sleep(pause)
            s = w.socket()
            api.kernel32.Sleep(100)
            w.closesocket(s)

        for each in (child, other):
            api.crt._beginthreadex(each, api)

    return system


def test_the_same_act_makes_one_mistake_of_what_two_schedules_show():
    early, late = findings(both_close(10)), findings(both_close(50))
    assert {each.rule for each in early} == {"stale-close", "stale-context"}
    assert {each.rule for each in late} == {"closed-through-alias"}
    (mistake,) = mistakes_in([*late, *early])
    assert mistake.leading.rule == "stale-close"
    assert mistake.consequences == ()

"""The executive by itself: threads, time, ends. No socket is near."""

import pytest

from notsock.executive.actors import Killed
from notsock.executive.executive import GLANCE_NS, POLL_NS, POLL_NS_MAX, Budget, Executive
from notsock.trace.calls import Call
from notsock.trace.events import Ending, Stuck
from notsock.values.durations import MILLISECOND, NEVER, SECOND


class Process:
    ident = 1


class LastReady:
    """Always picks the last candidate: as many switches as there can be."""

    def begin(self, roster):
        pass

    def pick(self, candidates, current):
        return len(candidates) - 1

    def value(self, point, count, chance=0):
        return count - 1


def run(*bodies, **options):
    """Run threads with these bodies, each taking the executive; return (executive, ending)."""
    executive = Executive(**options)
    for number, body in enumerate(bodies):
        executive.start(f"t{number}", Process, lambda _thread, body=body: body(executive))
    return executive, executive.run()


def test_a_run_ends_when_every_thread_has():
    done = []
    _, ending = run(lambda e: done.append(1), lambda e: done.append(2))
    assert ending is Ending.FINISHED
    assert done == [1, 2]


def test_time_moves_only_when_nobody_can_run():
    seen = []

    def sleeper(e):
        e.wait(e.now + SECOND)
        seen.append(e.now)

    def busy(e):
        for _ in range(100):
            e.enter(Call.SEND)
            e.leave(Call.SEND, 0)
        seen.append(e.now)

    run(sleeper, busy)
    assert seen == [0, SECOND]


def test_a_polling_loop_lets_time_pass_faster_and_faster():
    polls = []

    def poller(e):
        while e.now < 10 * SECOND:
            e.enter(Call.RECV)
            e.poll_failed()
            e.leave(Call.RECV, -1)
            polls.append(e.now)

    run(poller)
    assert polls[0] == POLL_NS
    assert polls[-1] - polls[-2] == POLL_NS_MAX
    assert len(polls) < 250


def test_a_poll_in_vain_lets_the_others_pass():
    flag = []

    def poller(e):
        for _ in range(5):
            e.enter(Call.RECV)
            if flag:
                return
            e.poll_failed()
            e.leave(Call.RECV, -1)
        raise AssertionError("never saw it")

    def setter(e):
        e.enter(Call.SEND)
        flag.append(1)

    _, ending = run(poller, setter)
    assert ending is Ending.FINISHED


def test_threads_that_wait_for_ever_are_a_deadlock_and_named():
    def waiter(e):
        e.enter(Call.LOCK_ACQUIRE, 7)
        e.wait()

    executive, ending = run(waiter)
    assert ending is Ending.DEADLOCK
    stuck = [event for _, event in executive.recorder.trace() if isinstance(event, Stuck)]
    assert stuck == [Stuck(1, Call.LOCK_ACQUIRE, 7)]


def test_services_that_only_look_around_end_the_run_quietly():
    def service(e):
        while True:
            e.enter(Call.SELECT)
            e.wait(e.now + SECOND // 2)
            e.leave(Call.SELECT, 0)

    def client(e):
        e.wait(e.now + 300 * SECOND)
        done.append(e.now)

    done = []
    executive, ending = run(service, client)
    assert ending is Ending.QUIET
    assert done == [300 * SECOND]
    assert executive.now < 400 * SECOND


def test_a_run_without_end_is_stopped_by_its_budget():
    def endless(e):
        while True:
            e.enter(Call.SEND)
            e.leave(Call.SEND, 0)

    _, ending = run(endless, budget=Budget(events_max=200_000))
    assert ending is Ending.OUT_OF_EVENTS

    def patient(e):
        while True:
            e.wait(e.now + SECOND)
            e.log((1, e.now))
            e.start("child", Process, lambda _thread: None)

    _, ending = run(patient, budget=Budget(time_max_ns=100 * SECOND))
    assert ending is Ending.OUT_OF_TIME


def test_a_killed_thread_unwinds_at_once_and_calls_nothing_more():
    seen = []

    def victim(e):
        try:
            e.wait()
        finally:
            seen.append("unwound")
            e.enter(Call.SEND)
            seen.append("called")

    def killer(e):
        e.kill(e.threads[0])
        seen.append("killer goes on")

    _, ending = run(victim, killer)
    assert seen == ["unwound", "killer goes on"]
    assert ending is Ending.FINISHED


def test_a_thread_that_will_not_die_is_left_where_it_stands():
    def stubborn(e):
        while True:
            try:
                e.wait()
            except Killed:
                continue

    _, ending = run(stubborn)
    assert ending is Ending.DEADLOCK


def test_ten_thousand_threads_started_in_a_chain():
    count = []

    def link(e):
        count.append(1)
        if len(count) < 10_000:
            e.start("next", Process, lambda _thread: link(e))

    run(link)
    assert len(count) == 10_000


def test_an_error_of_ours_is_raised_to_whoever_runs():
    def broken(e):
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        run(broken)


def test_the_same_choices_make_the_same_trace():
    def body(e):
        for _ in range(3):
            e.enter(Call.SEND)
            e.leave(Call.SEND, 0)
        e.wait(e.now + MILLISECOND)

    one, _ = run(body, body, body, strategy=LastReady())
    other, _ = run(body, body, body, strategy=LastReady())
    first, _ = run(body, body, body)
    assert one.recorder.digest() == other.recorder.digest() != first.recorder.digest()
    assert one.choices == other.choices


def test_a_deadline_that_never_comes_needs_no_timer():
    def waiter(e):
        e.wait(NEVER)

    executive, _ = run(waiter)
    assert executive.now == 0


def test_a_verdict_is_a_recorded_choice():
    given = []
    executive, _ = run(lambda e: given.append(e.choose("net.loss", 3)), strategy=LastReady())
    assert given == [2]
    assert executive.choices == [~2]


class Attending(LastReady):
    """Asked at every turn, though it does not care."""

    def attend(self, executive):
        pass

    def stills(self):
        pass


@pytest.mark.interpreted
@pytest.mark.parametrize("strategy", [LastReady, Attending])
def test_what_a_timer_sends_while_a_clock_creeps_has_arrived_before_the_next_call(strategy):
    happened = []

    class Packet:
        def act(self):
            happened.append("packet")

    class Sender:
        def overdue(self, what, due_ns):
            return due_ns

        def fire(self, what):
            executive.at_once.append(Packet())

    def body(e):
        e.at(GLANCE_NS, Sender(), None)
        e.glance()
        e.enter(Call.SEND)
        happened.append("call")
        e.leave(Call.SEND, 0)

    executive = Executive(strategy=strategy())
    executive.start("t", Process, lambda _thread: body(executive))
    executive.run()
    assert happened == ["packet", "call"]

"""The table is total, every row says where the RFC says so, and the lived machine is the table."""

import itertools
import re

import pytest
from tcp_line import THEIRS, Line, line_in, segment

from notsock.tcp.states import IMPOSSIBLE, TRANSITIONS, CallRefusedError, Input, Refuse, State, diagram

PAIRS = list(itertools.product(State, Input))


def test_the_table_is_total():
    assert list(TRANSITIONS) == PAIRS


@pytest.mark.parametrize("row", TRANSITIONS.values(), ids=[f"{s.name}-{i.name}" for s, i in TRANSITIONS])
def test_a_row_names_its_source(row):
    assert re.match(r"(RFC \d+ \d|Q\d+$)", row.rfc)


def test_a_state_change_is_never_written_as_a_stay():
    assert all(row.next is not state for (state, _), row in TRANSITIONS.items())


def test_only_a_listener_and_a_closed_socket_are_left_by_no_reset():
    for state in State:
        expected = state if state in {State.CLOSED, State.LISTEN} else State.CLOSED
        answer = TRANSITIONS[state, Input.RST].next
        assert (answer if isinstance(answer, State) else state) is expected


def test_every_state_is_entered_and_left():
    arrows = {(s, row.next) for (s, _), row in TRANSITIONS.items() if isinstance(row.next, State)}
    assert {new for _, new in arrows} == set(State)
    assert {old for old, _ in arrows} == set(State)


def test_the_diagram_is_drawn_from_the_table():
    drawn = diagram()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> CLOSED\n")
    assert "    ESTABLISHED --> CLOSE_WAIT : FIN\n" in drawn
    assert "    SYN_RECEIVED --> ESTABLISHED : SYN_WITH_ACK, SYN_ACKED\n" in drawn
    assert "    TIME_WAIT --> CLOSED : ABORT, RST, TIME_WAIT_OVER\n" in drawn
    arrows = {tuple(m) for m in re.findall(r"(\w+) --> (\w+) :", drawn)}
    assert arrows == {
        (s.name, row.next.name) for (s, _), row in TRANSITIONS.items() if isinstance(row.next, State)
    }


def happen(line, what):
    """Make an input come about by the means a program or a peer has."""
    c = line.c
    finished = c.peer_finished
    match what:
        case Input.OPEN:
            c.open(line.now)
        case Input.SEND:
            line.send(b"x")
        case Input.RECEIVE:
            line.receive()
        case Input.CLOSE:
            line.shutdown()
        case Input.ABORT:
            line.abort()
        case Input.SYN:
            line.hears("SYN", c.rcv_nxt)
        case Input.SYN_WITH_ACK if c.state is State.SYN_RECEIVED:
            line.hears("SYN,ACK", THEIRS, c.snd_nxt)
        case Input.SYN_WITH_ACK:
            line.hears("SYN,ACK", c.rcv_nxt, c.snd_nxt)
        case Input.SYN_ACKED:
            line.hears("ACK", c.rcv_nxt, c.snd_nxt)
        case Input.FIN:
            line.hears("FIN,ACK", c.rcv_nxt - finished, c.snd_una)
        case Input.FIN_ACKED:
            line.hears("ACK", c.rcv_nxt, c.snd_nxt)
        case Input.RST if c.state is State.SYN_SENT:
            line.hears("RST,ACK", 0, c.snd_nxt)
        case Input.RST:
            line.hears("RST", c.rcv_nxt)
        case Input.UNWANTED_DATA:
            line.hears("ACK", c.rcv_nxt, c.snd_una, b"too late")
        case Input.RETRIES_EXHAUSTED:
            if c.state in {State.ESTABLISHED, State.CLOSE_WAIT}:
                line.send(b"x")
            c.set_keep_alive(c.state is State.FIN_WAIT_2, line.now)
            line.wait_until_silent()
        case Input.TIME_WAIT_OVER | Input.FIN_WAIT_2_OVER:
            line.wait_until_silent()


LIVED = [
    (state, what)
    for (state, what), row in TRANSITIONS.items()
    if state is not State.LISTEN and what is not Input.LISTEN and row.next is not IMPOSSIBLE
]


@pytest.mark.parametrize(("state", "what"), LIVED, ids=[f"{s.name}-{i.name}" for s, i in LIVED])
def test_the_lived_machine_is_the_table(state, what):
    limit = 0 if what is Input.RETRIES_EXHAUSTED else 300_000_000_000
    line = line_in(
        state,
        abandoned=what is Input.UNWANTED_DATA,
        refused_retries=0,
        keep_alive_ns=1_000_000_000,
        fin_wait_2_limit_ns=limit,
    )
    line.states.clear()
    answer = TRANSITIONS[state, what].next
    if isinstance(answer, Refuse):
        with pytest.raises(CallRefusedError, match=answer.error):
            happen(line, what)
        assert line.c.state is state
        return
    happen(line, what)
    after = answer if isinstance(answer, State) else state
    assert line.c.state is after
    assert line.states == ([after] if after is not state else [])
    assert ("STATE" in line.news_now()) == (after is not state)


def test_a_listener_becomes_syn_received():
    line = Line()
    seen = []
    line.state_changed = lambda _c, old, new: seen.append((old, new))
    line.c.open_passive(segment("me", "SYN", THEIRS), 0)
    assert seen == [(State.LISTEN, TRANSITIONS[State.LISTEN, Input.SYN].next)]

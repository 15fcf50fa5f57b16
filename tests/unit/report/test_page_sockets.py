"""The page's netstat is netstat: at every event, the rows whose span covers it are the table of that moment."""

from itertools import pairwise

import pytest
from page_traces import lived, trace_of

from notsock.report.netstat import render, table
from notsock.report.page.content import Manner
from notsock.report.page.sockets import netstat_json, ports_json, spans
from notsock.trace.events import (
    AddressClaimed,
    AddressHeard,
    AddressReleased,
    ConnectionAdopted,
    ConnectionOpened,
    Listening,
    MachineStarted,
    ObjectCreated,
    ProcessStarted,
    StateChanged,
)

RESTARTED = trace_of(
    (MachineStarted, 1, "box", "11"), (MachineStarted, 2, "other", "98"), (ProcessStarted, 1, 1, 0, "p"),
    (ProcessStarted, 2, 2, 0, "q"), (ObjectCreated, 5, "endpoint", 1), (ObjectCreated, 6, "endpoint", 2),
    (AddressClaimed, 1, 1, 1, 5, 6, "0.0.0.0", 80, 0), (AddressClaimed, 2, 1, 1, 5, 17, "127.0.0.1", 53, 0),
    (AddressClaimed, 3, 2, 2, 6, 17, "::1", 53, 1), (Listening, 5, 5), (AddressHeard, 1),
    (ConnectionOpened, 1, 1, 0, "10.0.0.1:80", "10.0.0.2:1025"), (StateChanged, 1, 1, 3), (ConnectionAdopted, 1, 5),
    (StateChanged, 1, 3, 4), (StateChanged, 1, 4, 10), (AddressReleased, 2), (MachineStarted, 1, "box", "11"),
    (ProcessStarted, 7, 1, 0, "p"), (ObjectCreated, 8, "endpoint", 7),
    (AddressClaimed, 4, 1, 7, 8, 17, "10.0.0.1", 53, 0), (AddressReleased, 4), (AddressReleased, 3),
)  # fmt: skip


@pytest.mark.parametrize("trace", [RESTARTED, lived()], ids=["restarted", "lived"])
def test_the_spans_that_cover_an_event_are_the_table_after_it(trace):
    found = spans(trace)
    positions = [position for position, _ in trace.records()]
    for position, following in zip(positions, [*positions[1:], None], strict=True):
        assert [span.row for span in found if span.since <= position < span.until] == table(trace, following)


@pytest.mark.parametrize(("listeners", "owners"), [(True, True), (False, False)])
def test_each_machine_prints_in_its_own_manner(listeners, owners):
    trace = lived()
    positions = [position for position, _ in trace.records()]
    manners = {1: Manner("Windows X", listeners, owners)}
    here, there = netstat_json(trace, manners)
    assert (here["name"], here["title"], there["title"]) == ("here", "Windows X", "11")
    for position, following in pairwise(positions):
        lines = [line for since, until, line in here["rows"] if since <= position < until]
        rows = table(trace, following, 1)
        assert here["head"] + lines == render(rows, lists_listeners=listeners, lists_owners=owners)


def test_a_port_is_its_owners_from_claim_to_release():
    ports = ports_json(RESTARTED)
    first = ports[0]
    assert (first["host"], first["port"], first["protocol"], first["process"], first["object"]) == (
        "0.0.0.0", 80, 6, 1, 5,
    )  # fmt: skip
    assert len(first["heard"]) == 1
    assert first["since"] < first["heard"][0] < first["until"] == len(RESTARTED.flat())
    assert ports[1]["until"] < first["until"]

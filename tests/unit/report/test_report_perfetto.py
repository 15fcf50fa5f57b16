"""A run as Perfetto's trace: what Perfetto's own descriptors and rules say of it, and what it shows."""

from collections import Counter

import pytest
from page_traces import lived, trace_of

from formats import perfetto_problems, perfetto_trace
from notsock.detect.finding import Finding, Moment, Severity
from notsock.report.perfetto import perfetto
from notsock.trace.calls import Call
from notsock.trace.events import (
    ConnectionOpened,
    Entered,
    HandleClosed,
    HandleOpened,
    MachineStarted,
    ObjectCreated,
    ProcessStarted,
    StateChanged,
    ThreadStarted,
)


@pytest.fixture(scope="module")
def written():
    trace = lived()
    places = [next(at for at, event in trace if isinstance(event, kind)) for kind in (HandleOpened, HandleClosed)]
    history = tuple(Moment("opened\x1b", at, "server/server", "server", 0, "call()") for at in places)
    finding = Finding("stale-close", Severity.ERROR, "closed", "socket #7", None, history, "", "own it", ())
    return trace, perfetto_trace(perfetto(trace, [finding]))


def judged(tmp_path, data):
    path = tmp_path / "run.perfetto-trace"
    path.write_bytes(data)
    found = perfetto_problems(path)
    path.unlink()
    return found


def test_perfetto_has_nothing_against_it(tmp_path, written):
    _, parsed = written
    assert judged(tmp_path, parsed.SerializeToString()) == []


def test_a_run_that_breaks_off_is_whole_all_the_same(tmp_path):
    trace = trace_of(
        (MachineStarted, 1, "here", "11"), (ProcessStarted, 1, 1, 0, "server"), (ThreadStarted, 2, 1, "server/main"),
        (ObjectCreated, 7, "endpoint", 1), (Entered, 2, int(Call.SOCKET), 0, 0), (HandleOpened, 2, 1, 100, 7, 0),
        (ConnectionOpened, 1, 1, 7, "a:1", "b:2"), (StateChanged, 1, 0, 4),
    )  # fmt: skip
    assert judged(tmp_path, perfetto(trace, [])) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda trace: trace.packet.pop(), "slices that do not end"),
        (lambda trace: trace.packet.pop(0), "needs a state that nobody began"),
        (lambda trace: setattr(trace.packet[-1], "timestamp", 1), "goes back in time"),
        (lambda trace: setattr(trace.packet[-1].track_event, "track_uuid", 999), "which is not described"),
        (lambda trace: trace.packet[-1].track_event.flow_ids.append(1), "goes on after its end"),
        (lambda trace: trace.packet[-1].track_event.flow_ids.append(99), "flow 99 does not end"),
        (lambda trace: trace.packet[-1].MergeFromString(b"\xf8\xff\x7f\x01"), "has no field"),
    ],
)
def test_what_is_wrong_would_be_found(tmp_path, written, spoil, said):
    copy = type(written[1])()
    copy.CopyFrom(written[1])
    spoil(copy)
    assert said in " ".join(judged(tmp_path, copy.SerializeToString()))


def test_slices_nest_and_calls_handles_and_states_have_theirs(written):
    trace, parsed = written
    names = {name.iid: name.name for packet in parsed.packet for name in packet.interned_data.event_names}
    tracks = {
        packet.track_descriptor.uuid: packet.track_descriptor
        for packet in parsed.packet
        if packet.HasField("track_descriptor")
    }
    depth, begun = Counter(), Counter()
    for packet in parsed.packet:
        event = packet.track_event
        if event.type == 1:
            depth[event.track_uuid] += 1
            begun[names[event.name_iid].partition("(")[0].split(" #")[0]] += 1
        elif event.type == 2:
            depth[event.track_uuid] -= 1
            assert depth[event.track_uuid] >= 0
    assert set(depth.values()) == {0}
    events = Counter(type(event) for _, event in trace)
    threads = {uuid for uuid, track in tracks.items() if track.HasField("thread")}
    calls = [p for p in parsed.packet if p.track_event.type == 1 and p.track_event.track_uuid in threads]
    assert len(calls) == events[Entered]
    assert begun["socket"] >= events[HandleOpened]
    assert begun["ESTABLISHED"] == sum(isinstance(e, StateChanged) and e.new == 4 for _, e in trace)
    (handle,) = [t for t in tracks.values() if t.name == "handle 0x64" and tracks[t.parent_uuid].process.pid == 1000]
    assert handle.uuid in depth


def test_moments_of_a_finding_are_joined_by_a_flow(written):
    _, parsed = written
    instants = [packet.track_event for packet in parsed.packet if packet.track_event.type == 3]
    assert [list(event.flow_ids) for event in instants] == [[1], []]
    assert [list(event.terminating_flow_ids) for event in instants] == [[], [1]]
    names = [name.name for packet in parsed.packet for name in packet.interned_data.event_names]
    assert "stale-close (1): opened\\x1b" in names

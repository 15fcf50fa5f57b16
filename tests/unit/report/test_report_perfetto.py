"""A run as Perfetto's trace: parsed by the format's field numbers, with nothing left over."""

from collections import Counter

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.unknown_fields import UnknownFieldSet
from page_traces import lived

from notsock.detect.finding import Finding, Moment, Severity
from notsock.report.perfetto import perfetto
from notsock.trace.events import Entered, HandleClosed, HandleOpened, StateChanged

UINT64, INT32, STRING, FIXED64, INT64 = 4, 5, 9, 6, 3
FORMAT = {
    "Trace": {"packet": (1, "*TracePacket")},
    "TracePacket": {
        "timestamp": (8, UINT64), "trusted_packet_sequence_id": (10, UINT64), "track_event": (11, "TrackEvent"),
        "interned_data": (12, "InternedData"), "sequence_flags": (13, UINT64), "track_descriptor": (60, "Track"),
    },
    "TrackEvent": {
        "debug_annotations": (4, "*DebugAnnotation"), "type": (9, UINT64), "name_iid": (10, UINT64),
        "track_uuid": (11, UINT64), "flow_ids": (47, FIXED64), "terminating_flow_ids": (48, FIXED64),
    },
    "DebugAnnotation": {"int_value": (4, INT64), "string_value": (6, STRING), "name": (10, STRING)},
    "InternedData": {"event_names": (2, "*EventName")},
    "EventName": {"iid": (1, UINT64), "name": (2, STRING)},
    "Track": {
        "uuid": (1, UINT64), "name": (2, STRING), "process": (3, "Process"), "thread": (4, "Thread"),
        "parent_uuid": (5, UINT64),
    },
    "Process": {"pid": (1, INT32), "process_name": (6, STRING)},
    "Thread": {"pid": (1, INT32), "tid": (2, INT32), "thread_name": (5, STRING)},
}  # fmt: skip
"""The numbers and types of the fields that are written, as the format's own descriptions have them."""


@pytest.fixture(scope="module")
def parse():
    file = descriptor_pb2.FileDescriptorProto(name="perfetto_subset.proto", package="subset", syntax="proto2")
    for message, fields in FORMAT.items():
        made = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            several = name.endswith("flow_ids") or str(kind).startswith("*")
            field = made.field.add(name=name, number=number, label=3 if several else 1)
            if isinstance(kind, str):
                field.type, field.type_name = 11, f".subset.{kind.removeprefix('*')}"
            else:
                field.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    trace = message_factory.GetMessageClass(pool.FindMessageTypeByName("subset.Trace"))
    return trace.FromString


def unknown(message):
    found = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is not None:
            found += sum(map(unknown, value if hasattr(value, "append") else [value]))
    return found


@pytest.fixture(scope="module")
def written(parse):
    trace = lived()
    places = [next(at for at, event in trace if isinstance(event, kind)) for kind in (HandleOpened, HandleClosed)]
    history = tuple(Moment("opened\x1b", at, "server/server", "server", 0, "call()") for at in places)
    finding = Finding("stale-close", Severity.ERROR, "closed", "socket #7", None, history, "", "own it", ())
    return trace, parse(perfetto(trace, [finding]))


def test_nothing_is_left_over_and_time_only_grows(written):
    _, parsed = written
    assert unknown(parsed) == 0
    times = [packet.timestamp for packet in parsed.packet if packet.HasField("track_event")]
    assert times == sorted(times)
    assert parsed.packet[0].sequence_flags == 1


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

"""What the formats themselves say of a file: SARIF's schema, Wireshark's dissectors, Perfetto's own descriptors.

``tests/conftest.py`` asks of every file that any test writes into its ``tmp_path``, whatever the test is about.
"""

import json
import os
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

NPM = Path(__file__).parent / "acceptance" / "node_modules"
SARIF_SCHEMA = NPM / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
NEEDS_DEBIAN = frozenset({".sarif", ".pcapng"})
"""What only a tool can judge that .ci/run installs: a test that writes one is marked ``judged`` (or ``debian``)."""


class MissingToolError(Exception):
    """What judges this format is not installed."""


def problems(path):
    """Return what is wrong with a file by its format; raise :class:`MissingToolError`."""
    return _JUDGES[path.suffix](path)


def sarif_problems(path):
    """Return where a log is not what OASIS' schema says."""
    from jsonschema import FormatChecker  # noqa: PLC0415 - few tests write such a file, and all import this
    from jsonschema.validators import validator_for  # noqa: PLC0415

    if not SARIF_SCHEMA.exists():
        raise _missing("the schema of SARIF (npm ci --prefix tests/acceptance)")
    schema = json.loads(SARIF_SCHEMA.read_text())
    errors = validator_for(schema)(schema, format_checker=FormatChecker()).iter_errors(json.loads(path.read_text()))
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in errors]


def capture_problems(path):
    """Return what tshark complains of: files that it cannot read, packets that are malformed."""
    tshark = shutil.which("tshark")
    if tshark is None:
        raise _missing("tshark")
    done = subprocess.run(
        [tshark, "-r", path, "-Y", "_ws.malformed"], capture_output=True, text=True, check=False, timeout=120
    )
    said = [line for line in done.stderr.splitlines() if "Running as user" not in line]
    return [*said, *done.stdout.splitlines(), *([f"exit status {done.returncode}"] if done.returncode else [])]


def _missing(what):
    if os.environ.get("NOTSOCK_DEBIAN"):
        raise AssertionError(f"{what} is missing")
    return MissingToolError(what)


# ---- Perfetto -------------------------------------------------------------------------------------------------------


def perfetto_trace(data):
    """Return the bytes of a trace as Perfetto's own message."""
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace  # noqa: PLC0415 - takes half a second

    return Trace.FromString(data)


def perfetto_problems(path):
    """Return what Perfetto's descriptors, and what its trace processor does with them, say against a trace."""
    trace = perfetto_trace(path.read_bytes())
    return [*_unknown(trace), *_sequence(trace), *_tracks(trace), *_slices(trace), *_flows(trace)]


def _unknown(message):
    """Yield fields that no message of the format has."""
    from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: PLC0415

    for field in UnknownFieldSet(message):
        yield f"{message.DESCRIPTOR.name} has no field {field.field_number}"
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if hasattr(value, "append") else [value]:
                yield from _unknown(each)


def _sequence(trace):
    """Each packet is of one sequence, which begins afresh; names are interned before they are used; time grows."""
    cleared, known, now = set(), defaultdict(dict), 0
    for place, packet in enumerate(trace.packet):
        sequence = packet.trusted_packet_sequence_id
        if not sequence:
            yield f"packet {place} is of no sequence"
        if packet.sequence_flags & packet.SEQ_INCREMENTAL_STATE_CLEARED:
            cleared.add(sequence)
            known[sequence].clear()
        elif sequence not in cleared:
            yield f"packet {place} needs a state that nobody began"
        for name in packet.interned_data.event_names:
            if not name.iid or known[sequence].setdefault(name.iid, name.name) != name.name:
                yield f"packet {place} interns {name.iid} anew"
        if packet.HasField("track_event"):
            event = packet.track_event
            if event.type in (event.TYPE_SLICE_BEGIN, event.TYPE_INSTANT) and event.name_iid not in known[sequence]:
                yield f"packet {place} is named by {event.name_iid}, which was not interned"
            for note in event.debug_annotations:
                if not note.name or note.WhichOneof("value") is None:
                    yield f"packet {place} has an argument without a name or a value"
            if packet.timestamp < now:
                yield f"packet {place} goes back in time"
            now = packet.timestamp


def _tracks(trace):
    """Each track is described once, below one that is described, before anything happens on it; ids are unique."""
    described, processes, threads = {0}, set(), set()
    for place, packet in enumerate(trace.packet):
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            if not track.uuid or track.uuid in described:
                yield f"packet {place} describes track {track.uuid} again"
            if track.parent_uuid not in described:
                yield f"packet {place}: track {track.parent_uuid} is not described before its child"
            described.add(track.uuid)
            if track.HasField("process"):
                if track.process.pid in processes or track.process.pid <= 0:
                    yield f"process {track.process.pid} is not unique"
                processes.add(track.process.pid)
            if track.HasField("thread"):
                if track.thread.tid in threads or track.thread.pid not in processes:
                    yield f"thread {track.thread.tid} of process {track.thread.pid} is not unique, or of no process"
                threads.add(track.thread.tid)
            if not (track.name or track.process.process_name or track.thread.thread_name):
                yield f"track {track.uuid} has no name"
        elif packet.HasField("track_event") and packet.track_event.track_uuid not in described - {0}:
            yield f"packet {place} happens on track {packet.track_event.track_uuid}, which is not described"


def _slices(trace):
    """Slices of a track nest: none ends that has not begun, and only a thread's call, which never returned, is open."""
    depth, threads = Counter(), set()
    for place, packet in enumerate(trace.packet):
        if packet.track_descriptor.HasField("thread"):
            threads.add(packet.track_descriptor.uuid)
        event = packet.track_event
        if event.type == event.TYPE_SLICE_BEGIN:
            depth[event.track_uuid] += 1
        elif event.type == event.TYPE_SLICE_END:
            depth[event.track_uuid] -= 1
            if depth[event.track_uuid] < 0:
                yield f"packet {place} ends a slice that has not begun"
    for track, left in depth.items():
        if left > int(track in threads):
            yield f"track {track} has slices that do not end"


def _flows(trace):
    """A flow ends once, and with its last event."""
    seen, ended = Counter(), set()
    for packet in trace.packet:
        event = packet.track_event
        for flow in (*event.flow_ids, *event.terminating_flow_ids):
            seen[flow] += 1
            if flow in ended:
                yield f"flow {flow} goes on after its end"
        ended.update(event.terminating_flow_ids)
    yield from (f"flow {flow} does not end" for flow in seen.keys() - ended)


_JUDGES = {".sarif": sarif_problems, ".pcapng": capture_problems, ".perfetto-trace": perfetto_problems}
SUFFIXES = frozenset(_JUDGES)

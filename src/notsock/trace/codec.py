"""The canonical text of a trace: one line an event, and back again without loss.

``12 HandleOpened thread=2 process=1 handle=100 object=7 origin=0`` — names are written out as JSON strings, so
no control character of a hostile name reaches a terminal.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields

from notsock.trace.events import EVENTS, NAME_FIELDS, Event
from notsock.trace.recorder import Recorder, Trace

_BY_NAME = {event.__name__: event for event in EVENTS}


class BadTraceError(ValueError):
    """A line that is not an event; the message names the line."""


def encode(trace: Trace) -> Iterator[str]:
    """Yield one line for each event of ``trace``."""
    for position, event in trace:
        yield f"{position} {line_of(event, trace.names)}"


def line_of(event: Event, names: tuple[str, ...]) -> str:
    """Return the line of one event, without its position."""
    named = NAME_FIELDS[event.kind]
    words = [type(event).__name__]
    for place, field in enumerate(fields(event)):
        value = getattr(event, field.name)
        words.append(f"{field.name}={json.dumps(names[value]) if place in named else value}")
    return " ".join(words)


def decode(lines: Iterable[str]) -> Trace:
    """Return the trace that ``lines`` describe; raise :class:`BadTraceError` naming the first bad line."""
    recorder = Recorder()
    for number, line in enumerate(lines, 1):
        if text := line.strip():
            recorder.note(_record(text, number, recorder))
    return recorder.trace()


def _record(text: str, number: int, recorder: Recorder) -> tuple[int, ...]:
    _, _, rest = text.partition(" ")
    kind_name, _, rest = rest.partition(" ")
    event = _BY_NAME.get(kind_name)
    if event is None:
        raise BadTraceError(f"line {number}: {kind_name!r} is not an event")
    values = [event.kind]
    decoder = json.JSONDecoder()
    for place, field in enumerate(fields(event)):
        if not rest.startswith(f"{field.name}="):
            raise BadTraceError(f"line {number}: {kind_name} lacks {field.name}")
        try:
            value, end = decoder.raw_decode(rest, len(field.name) + 1)
        except ValueError:
            raise BadTraceError(f"line {number}: {field.name} has no value") from None
        named = place in NAME_FIELDS[event.kind]
        if named and isinstance(value, str):
            values.append(recorder.name(value))
        elif not named and type(value) is int:
            values.append(value)
        else:
            raise BadTraceError(f"line {number}: {field.name} is not a {'name' if named else 'number'}")
        rest = rest[end:].lstrip(" ")
    return tuple(values)

"""A trace and its text say the same; damaged text is refused with the line that is wrong."""

import pytest

from notsock.trace import events
from notsock.trace.codec import BadTraceError, decode, encode
from notsock.trace.events import BY_KIND, EVENTS, NAME_FIELDS, WIDTHS
from notsock.trace.recorder import PACK_AT, Recorder


def record_of(event, recorder):
    """One record of a kind, with fields that differ, names where names belong."""
    named = NAME_FIELDS[event.kind]
    fields = [
        recorder.name(f"name {event.kind}.{place}\x1b[31m\u202e") if place in named else 1000 * event.kind + place
        for place in range(WIDTHS[event.kind] - 1)
    ]
    return (event.kind, *fields)


def every_kind():
    recorder = Recorder()
    for event in EVENTS:
        recorder.flat.extend(record_of(event, recorder))
    return recorder.trace()


def test_kinds_are_numbered_without_a_gap():
    assert sorted(BY_KIND) == list(range(1, len(EVENTS) + 1))


def test_text_and_back_loses_nothing():
    trace = every_kind()
    again = decode(encode(trace))
    assert list(again) == list(trace)
    assert again.names == trace.names
    assert again.digest == trace.digest


def test_no_control_character_reaches_the_text():
    assert all(line.isascii() and line.isprintable() for line in encode(every_kind()))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 Nothing a=1", "line 1: 'Nothing' is not an event"),
        ("0 Clock", "line 1: Clock lacks now_ns"),
        ("0 Clock now_ns=", "line 1: now_ns has no value"),
        ('0 Clock now_ns="soon"', "line 1: now_ns is not a number"),
    ],
)
def test_bad_text_is_refused_with_its_line(line, message):
    with pytest.raises(BadTraceError) as error:
        decode([line])
    assert str(error.value) == message


def test_packing_changes_neither_events_nor_digest():
    plain, packed = Recorder(), Recorder()
    for number in range(100):
        plain.flat.extend((events.Clock.kind, number))
        packed.flat.extend((events.Clock.kind, number))
        if number % 7 == 0:
            packed.pack()
    assert plain.digest() == packed.digest()
    assert list(plain.trace()) == list(packed.trace())


def test_positions_count_integers_over_all_chunks():
    recorder = Recorder()
    for number in range(PACK_AT // 2 + 10):
        recorder.flat.extend((events.Clock.kind, number))
        if len(recorder.flat) > PACK_AT:
            recorder.pack()
    assert [position for position, _ in recorder.trace()][-1] == recorder.here() - 2


def test_stacks_take_no_part_in_the_digest():
    one, other = Recorder(), Recorder()
    for recorder in (one, other):
        recorder.flat.extend((events.Clock.kind, 5))
    other.stacks[0] = ((test_positions_count_integers_over_all_chunks.__code__, 0),)
    assert one.digest() == other.digest()

"""Pipes: what an end holds, when a write has ended, what a read gets, and what the end of either side means."""

import pytest

from notsock.objects.io_request import Request
from notsock.objects.named_pipe import PipeInstance, PipeName, anonymous_pipe
from notsock.system import System
from notsock.values import status


@pytest.fixture
def pipe():
    return anonymous_pipe(System().manager, 10)


def write(end, data):
    request = Request()
    request.status = end.write(request, data)
    return request


def read(end, size=100):
    request = Request()
    request.status = end.read(request, size)
    return request


def test_a_write_that_fits_has_ended(pipe):
    reading, writing = pipe
    assert write(writing, b"0123456789").status == status.SUCCESS
    assert read(reading).data == b"0123456789"


def test_a_write_beyond_the_quota_waits_for_the_reader_of_just_enough(pipe):
    reading, writing = pipe
    pending = write(writing, b"0123456789ABCDE")
    assert pending.status == status.PENDING
    assert read(reading, 4).data == b"0123"
    assert pending.status == status.PENDING
    assert read(reading, 1).data == b"4"
    assert (pending.status, pending.transferred) == (status.SUCCESS, 15)


def test_a_second_write_waits_behind_the_first(pipe):
    reading, writing = pipe
    first, second = write(writing, b"x" * 8), write(writing, b"y" * 8)
    assert (first.status, second.status) == (status.SUCCESS, status.PENDING)
    assert read(reading).data == b"x" * 8 + b"y" * 8
    assert second.status == status.SUCCESS


def test_a_read_waits_for_data_and_then_gets_what_there_is(pipe):
    reading, writing = pipe
    waiting = read(reading, 3)
    assert waiting.status == status.PENDING
    write(writing, b"abcdef")
    assert waiting.data == b"abc"
    assert read(reading).data == b"def"


@pytest.mark.interpreted  # no process stands behind its handles
def test_what_was_written_is_read_before_the_end_is_seen(pipe):
    reading, writing = pipe
    write(writing, b"last")
    writing.closed_last(None, 0)
    assert read(reading).data == b"last"
    assert read(reading).status == status.PIPE_BROKEN


@pytest.mark.interpreted  # no process stands behind its handles
def test_the_end_of_the_reader_fails_writes_pending_and_new(pipe):
    reading, writing = pipe
    pending = write(writing, b"x" * 11)
    reading.closed_last(None, 0)
    assert pending.status == status.PIPE_BROKEN
    assert write(writing, b"x").status == status.PIPE_CLOSING


def test_an_end_does_one_thing_only(pipe):
    reading, writing = pipe
    assert write(reading, b"x").status == status.ACCESS_DENIED
    assert read(writing).status == status.ACCESS_DENIED


def test_a_cancelled_write_takes_back_what_was_not_read(pipe):
    reading, writing = pipe
    pending = write(writing, b"0123456789ABCDE")
    read(reading, 2)
    assert writing.cancel(pending) == status.SUCCESS
    assert (pending.status, reading.size) == (status.CANCELLED, 0)
    assert read(reading).status == status.PENDING


def test_messages_stay_apart_and_come_in_pieces():
    manager = System().manager
    name = PipeName({}, "m", 1, message=True)
    server, client = (PipeInstance(manager.ident(), name, first, True, 100) for first in (True, False))
    server.message_read = True
    server.open(client)
    write(client, b"one")
    write(client, b"")
    write(client, b"three")
    pieces = [read(server, 2), read(server, 2), read(server), read(server, 0), read(server)]
    assert [piece.data for piece in pieces] == [b"on", b"e", b"", b"", b"three"]
    more = status.BUFFER_OVERFLOW
    assert [piece.status for piece in pieces] == [more, status.SUCCESS, status.SUCCESS, more, status.SUCCESS]

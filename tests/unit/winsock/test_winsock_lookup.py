"""The seam of how Winsock finds a socket: the same three calls, both answers (Q185727)."""

import pytest

from notsock.objects.kernel_object import Event
from notsock.system import System
from notsock.trace.calls import Call
from notsock.trace.events import ContextOpened, ContextReleased
from notsock.winsock.lookup import context_first, kernel_first

CALL = Call.CLOSESOCKET


@pytest.fixture
def process():
    process = System().machine().create_process("p", None)
    process.ws2_32.WSAStartup()
    return process


def test_both_find_a_socket(process):
    s = process.ws2_32.socket(2, 1, 0)
    for find in (context_first, kernel_first):
        assert find(process.ws2_32, s, CALL) is process.ws2_32.contexts[s]


def test_a_context_outlives_its_handle_only_for_one_of_them(process):
    s = process.ws2_32.socket(2, 1, 0)
    process.kernel32.CloseHandle(s)
    assert context_first(process.ws2_32, s, CALL) is not None
    assert kernel_first(process.ws2_32, s, CALL) is None
    assert s in process.ws2_32.contexts, "it stays behind"


@pytest.mark.parametrize("find", [context_first, kernel_first])
def test_a_duplicate_is_taken_in(process, find):
    s = process.ws2_32.socket(2, 1, 0)
    copy = process.kernel32.DuplicateHandle(-1, s, -1)
    assert find(process.ws2_32, copy, CALL).endpoint is process.ws2_32.contexts[s].endpoint
    opened = [e.handle for _, e in process.executive.recorder.trace() if isinstance(e, ContextOpened)]
    assert opened == [s, copy]


@pytest.mark.parametrize("find", [context_first, kernel_first])
def test_an_event_is_no_socket(process, find):
    event = process.kernel32.CreateEvent()
    assert isinstance(process.table.objects[event], Event)
    assert find(process.ws2_32, event, CALL) is None


@pytest.mark.parametrize(("release", "code", "event_lives"), [("11", 0, False), ("nt4-sp3", 10038, True)])
def test_a_context_whose_number_has_become_an_event(release, code, event_lives):
    """A tolerant closesocket closes somebody else's object; the other kind leaves a context behind."""
    process = System(release=release).machine().create_process("p", None)
    w, k = process.ws2_32, process.kernel32
    w.WSAStartup()
    s = w.socket(2, 1, 0)
    k.CloseHandle(s)
    assert k.CreateEvent() == s
    assert w.closesocket(s) == (-1 if code else 0)
    assert w.WSAGetLastError() == code
    assert bool(k.SetEvent(s)) == event_lives
    released = [e for _, e in process.executive.recorder.trace() if isinstance(e, ContextReleased)]
    assert len(released) == (0 if code else 1)

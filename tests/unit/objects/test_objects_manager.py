"""Opening, closing, duplicating, inheriting: counts, statuses, and what is recorded."""

import pytest

from notsock.objects.kernel_object import Event, KernelObject
from notsock.system import System
from notsock.trace.calls import Call
from notsock.trace.events import HandleClosed, HandleMissed, HandleOpened, ObjectEnded, Origin
from notsock.values import status

CLOSE = Call.CLOSEHANDLE
pytestmark = pytest.mark.interpreted


class Recorded(KernelObject):
    """Remembers who closed it last."""

    type = "recorded"
    __slots__ = ("ends",)

    def __init__(self, ident):
        super().__init__(ident)
        self.ends = []

    def closed_last(self, process, call):
        self.ends.append((process, call))
        return True


@pytest.fixture
def machine():
    return System().machine()


def make(process, inheritable=False):
    thing = Recorded(process.manager.ident())
    return thing, process.manager.create(process, thing, inheritable)


def events(process, kind):
    return [event for _, event in process.executive.recorder.trace() if isinstance(event, kind)]


def test_an_object_ends_with_its_last_handle(machine):
    one, other = machine.create_process("one", None), machine.create_process("other", None)
    manager = one.manager
    thing, number = make(one)
    copy = manager.duplicate(one, number, one, False, Origin.DUPLICATED, CLOSE)
    abroad = manager.duplicate(one, number, other, False, Origin.DUPLICATED, CLOSE)
    assert thing.handles == 3
    for process, handle, left in ((one, number, 2), (other, abroad, 1), (one, copy, 0)):
        assert thing.ends == []
        assert manager.close(process, handle, CLOSE) == status.SUCCESS
        assert thing.handles == left
    assert thing.ends == [(one, CLOSE)]
    assert [event.left for event in events(one, HandleClosed)] == [2, 1, 0]
    assert [event.object for event in events(one, ObjectEnded)] == [thing.ident]


def test_closing_twice(machine):
    process = machine.create_process("one", None)
    _, number = make(process)
    assert process.manager.close(process, number, CLOSE) == status.SUCCESS
    assert process.manager.close(process, number, CLOSE) == status.INVALID_HANDLE
    assert [(e.handle, e.object) for e in events(process, HandleMissed)] == [(number, 0)]


@pytest.mark.parametrize("tag", [1, 2, 3])
def test_the_two_low_bits_are_the_programs(machine, tag):
    process = machine.create_process("one", None)
    thing, number = make(process)
    assert process.manager.find(process, number | tag, Recorded, CLOSE) is thing
    assert process.manager.close(process, number | tag, CLOSE) == status.SUCCESS
    assert thing.ends


def test_a_protected_handle_stays_until_its_process_ends(machine):
    process = machine.create_process("one", None)
    thing, number = make(process)
    process.table.protected.add(number)
    assert process.manager.close(process, number, CLOSE) == status.INVALID_HANDLE
    assert thing.ends == []
    process.manager.close_all(process, Call.PROCESS_EXIT)
    assert thing.ends == [(process, Call.PROCESS_EXIT)]


def test_what_is_found_instead(machine):
    process = machine.create_process("one", None)
    thing, number = make(process)
    assert process.manager.find(process, number, Event, CLOSE) == status.OBJECT_TYPE_MISMATCH
    assert process.manager.find(process, number + 4, Event, CLOSE) == status.INVALID_HANDLE
    assert [event.object for event in events(process, HandleMissed)] == [thing.ident, 0]


def test_a_child_inherits_what_is_marked_under_the_same_numbers(machine):
    parent = machine.create_process("parent", None)
    first, _ = make(parent)
    second, number = make(parent, inheritable=True)
    child = machine.create_process("child", parent)
    parent.manager.inherit(parent, child)
    assert child.table.objects == {number: second}
    assert (first.handles, second.handles) == (1, 2)
    grandchild = machine.create_process("grandchild", child)
    parent.manager.inherit(child, grandchild)
    assert grandchild.table.objects == {number: second}
    assert [e.origin for e in events(parent, HandleOpened)][-2:] == [Origin.INHERITED] * 2


def test_duplicating_nothing(machine):
    process = machine.create_process("one", None)
    assert process.manager.duplicate(process, 0x1234, process, False, Origin.DUPLICATED, CLOSE) == 0
    assert len(events(process, HandleMissed)) == 1

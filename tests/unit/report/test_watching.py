"""`notsock watch`: what is true at each moment, and the keys, driven by textual's own pilot."""

import asyncio

import pytest
from page_traces import lived

from notsock.detect.finding import Finding, Moment, Severity
from notsock.detect.mistakes import BECAUSE, Mistake
from notsock.report import netstat
from notsock.report.lifelines import Naming
from notsock.report.page.content import ShownRun
from notsock.report.watching.app import KEYS, Watch
from notsock.report.watching.view import RunView
from notsock.trace.events import Entered, HandleClosed, HandleOpened, MachineStarted, ProcessStarted, ThreadStarted
from notsock.trace.recorder import Recorder
from notsock.trace.stacks import Place

HOSTILE = "[red]\x1b[31mred \u202egnp.exe"


def finding_of(trace, *events, title="it was closed"):
    """A finding whose moments are the first of each of these kinds of events."""
    places = [next(at for at, event in trace if isinstance(event, kind)) for kind in events]
    moments = tuple(
        Moment(f"moment {n}", at, "server/server", "server", 0, "call()", (Place("server.py", n, "main"),))
        for n, at in enumerate(places)
    )
    return Finding("stale-close", Severity.ERROR, title, "socket #7", None, moments, "10038", "own it", ())


@pytest.fixture(scope="module")
def trace():
    return lived()


@pytest.fixture
def view(trace):
    leading, came = finding_of(trace, HandleOpened, HandleClosed), finding_of(trace, HandleClosed, title="it ended")
    return RunView(ShownRun("Windows 11", trace), Mistake(leading, (), (came,)), ("run a", "then b"))


# ---- what is true -------------------------------------------------------------------------------------------------


def test_netstat_is_what_netstat_prints_at_every_event_in_both_directions(trace, view):
    machines = {machine.name: ident for ident, machine in view.teller.world.machines.items()}
    order = [*range(0, len(view), 3), *reversed(range(1, len(view), 3))]
    for place in order:
        view.go(place)
        following = view.positions[place + 1] if place + 1 < len(view) else None
        for name, lines in view.netstat():
            rows = netstat.table(trace, following, machines[name])
            assert lines == netstat.render(rows, lists_listeners=True, lists_owners=True)[2:]


def test_a_number_means_what_was_opened_last_and_then_nothing(view):
    opened = view.moments[0]
    view.go(opened - 1)
    assert [each for each in view.numbers() if each.process == "server"] == []
    view.go(opened)
    (number,) = [each for each in view.numbers() if each.process == "server"]
    assert (number.naming, number.label, number.object > 0) == (Naming.HANDLE, "0x64", True)
    view.go(view.moments[1])
    gone = [each for each in view.numbers() if each.was]
    assert [(each.means, each.was.split()[0]) for each in gone] == [("nothing", "socket")]


def test_threads_are_in_the_call_that_they_wait_in(view):
    place = next(n for n in range(len(view)) if view.words(n) == "calls accept(0x64)")
    view.go(place + 1)
    says = {thread.name: thread.says for thread in view.threads()}
    assert says["server/server"] == "in accept(0x64)"
    view.go(len(view))
    assert {thread.says for thread in view.threads()} == {"ended"}


def test_moving(view):
    view.go(0)
    assert view.next_moment(1)
    assert view.cursor == view.moments[0]
    assert not view.next_moment(-1)
    assert view.find("CONNECT(", 1)
    assert "connect(" in view.words(view.cursor)
    thread = view.actor(view.cursor)
    assert view.same_thread(1)
    assert view.actor(view.cursor) == thread
    assert view.next_turn(1)
    assert view.actor(view.cursor) not in ("", thread)
    assert not view.find("nobody says this", 1)
    view.go(10**9)
    assert view.cursor == len(view) - 1
    assert view.find("WSAStartup", 1)  # on from the beginning
    view.step(-(10**9))
    assert view.cursor == 0


# ---- the terminal program -------------------------------------------------------------------------------------------


def played(view, *keys, size=(80, 24)):
    """Press keys, each with a moment to draw; return what then stands on the screen, and its width."""

    async def play():
        app = Watch(view)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            strips = app.screen._compositor.render_strips()
            return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    return asyncio.run(play())


def test_it_begins_at_the_decisive_moment(view):
    shown = played(view)
    assert "error: it was closed" in shown
    assert "is closed by closesocket" in shown
    assert "(2) moment 1 call()  server.py:1" in shown
    for title in ("events", "threads", "what each number means", "netstat"):
        assert title in shown


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 12)])
def test_no_line_is_wider_than_the_terminal(view, size):
    shown = played(view, "home", size=size).splitlines()
    assert len(shown) == size[1]
    assert {len(line) for line in shown} == {size[0]}


def test_the_story_has_a_pane_where_there_is_room_and_a_key_where_there_is_none(view):
    wide = played(view, size=(200, 50))
    assert "then b" in wide
    assert wide.index(BECAUSE) < wide.index("error: it ended")
    assert "then b" not in played(view)
    assert "then b" in played(view, "s")
    assert "then b" not in played(view, "s", "escape")


def test_keys_step_forwards_and_backwards(view):
    played(view, "home", "right", "right", "space", "left")
    assert view.cursor == 2
    played(view, "end")
    assert view.cursor == len(view) - 1
    played(view, "home", "n")
    assert view.cursor == view.moments[0]
    played(view, "p")
    assert view.cursor == view.moments[0]
    played(view, "home", "pagedown")
    assert view.cursor > 5


def test_search_goes_to_the_next_event_that_says_it_and_typing_moves_nothing(view):
    shown = played(view, "home", "slash", *"accept(", "enter")
    assert view.words(view.cursor).startswith("calls accept(")
    assert "calls accept(0x64)" in shown
    first = view.cursor
    played(view, "slash", *"accept(", "enter", "full_stop")
    assert view.cursor > first
    assert "nothing says zzz" in played(view, "slash", *"zzz", "enter")


def test_help_names_every_key(view):
    shown = " ".join(played(view, "question_mark", size=(120, 40)).split())
    for key, words in KEYS:
        assert " ".join(key.split()) in shown
        assert words.split(":")[0] in shown


def test_hostile_names_are_text():
    recorder = Recorder()
    for event, *values in (
        (MachineStarted, 1, HOSTILE, "11"), (ProcessStarted, 1, 1, 0, HOSTILE), (ThreadStarted, 2, 1, HOSTILE * 10_000),
        (Entered, 2, 3, 0, 0), (HandleOpened, 2, 1, 100, 7, 0),
    ):  # fmt: skip
        recorder.flat.extend([event.kind, *(recorder.name(v) if isinstance(v, str) else v for v in values)])
    trace = recorder.trace()
    found = finding_of(trace, HandleOpened, title=HOSTILE)
    view = RunView(ShownRun("Windows 11", trace), Mistake(found, (found,), (found,)), (HOSTILE,))
    shown = played(view, "s", "escape", size=(200, 50))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]\\x1b[31mred \\u202egnp.exe" in shown


def test_a_run_in_which_nothing_was_found(trace):
    shown = played(RunView(ShownRun("Windows 11", trace), None), "n", size=(200, 50))
    assert "nothing was found in this run" in shown
    assert "no further moment" in shown

import pytest
from search_toys import Link, World, early_delivery, lossy, ports, runner, stale_close, three_calls

from notsock.executive.strategy import FirstReady
from notsock.explore.progress import Names, Progress
from notsock.explore.replay import schedule_of
from notsock.explore.run import Run
from notsock.explore.schedule import (
    Choice,
    Kind,
    Schedule,
    Segment,
    Verdict,
    kind_of,
    switches,
)
from notsock.explore.story import ordinal, story
from notsock.explore.strategies.random import Random
from notsock.explore.strategies.recording import Recording
from notsock.explore.strategies.replay import Tolerant
from notsock.trace.recorder import Recorder


def made(program: object, *segments: Segment, verdicts: tuple[Verdict, ...] = ()) -> tuple[Run, Schedule]:
    recording = Recording(Tolerant(segments, verdicts))
    run = runner(program)(recording)  # type: ignore[arg-type]
    return run, recording.schedule()


# ---- names and progress --------------------------------------------------------------------------------------


def test_names_are_unique_and_grow_with_the_roster() -> None:
    roster = [("", 0, 1), ("main", 1, 1)]
    names = Names(roster)
    assert names.of(1) == "main"
    assert names.ident("main#2") == -1
    roster += [("main", 1, 1), ("other", 1, 1)]
    assert [names.of(ident) for ident in range(4)] == ["", "main", "main#2", "other"]
    assert names.ident("main#2") == 2


def test_progress_reads_across_a_pack() -> None:
    recorder = Recorder()
    progress = Progress(recorder)
    step = recorder.name("afd.bind.looked-up")
    recorder.flat.extend((2, 1, 5, 100, 0))
    progress.look()
    assert progress.of(1) == (1, 0)
    recorder.flat.extend((4, 1, step))
    recorder.pack()
    recorder.flat.extend((4, 1, step))
    recorder.pack()
    recorder.flat.extend((2, 2, 3, 0, 0))
    progress.look()
    assert progress.of(1) == (1, 2)
    assert progress.of(2) == (1, 0)
    assert progress.points[1] == "afd.bind.looked-up"
    assert progress.last == 2


# ---- choices -------------------------------------------------------------------------------------------------


def test_a_choice_names_who_could_go_and_where_the_current_thread_stood() -> None:
    _, schedule = made(ports(2), Segment("server0/main", (1, 1)), Segment("server1/main"))
    both = ("server0/main", "server1/main")
    assert schedule.choices[:4] == (
        Choice(Kind.THREAD, "start", both, "server0/main"),
        Choice(Kind.THREAD, "bind", both, "server0/main", "server0/main", 1, 0),
        Choice(Kind.THREAD, "toy.bind.looked-up", both, "server1/main", "server0/main", 1, 1),
        Choice(Kind.THREAD, "bind", both, "server1/main", "server1/main", 1, 0),
    )
    assert [choice.preempts for choice in schedule.choices[:4]] == [False, False, True, False]
    assert schedule.preemptions == 1


def test_the_schedule_of_a_run_is_found_by_making_it_again() -> None:
    run_under = runner(lossy)
    for _ in range(20):
        recording = Recording(Random(4))
        run = run_under(recording)
        assert schedule_of(run_under, run) == recording.schedule()


def test_recording_changes_nothing() -> None:
    run_under = runner(lossy)
    assert run_under(Recording(Random(4))).digest == run_under(Random(4)).digest


@pytest.mark.parametrize(
    ("point", "kind"),
    [("net.a>b.loss", Kind.NET), ("fault.send", Kind.FAULT), ("port", Kind.NUMBER), ("network", Kind.NUMBER)],
)
def test_the_first_word_of_a_point_says_its_kind(point: str, kind: Kind) -> None:
    assert kind_of(point) is kind


# ---- segments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [ports(3), stale_close, early_delivery, three_calls(3, 3)])
def test_a_run_is_what_its_segments_and_verdicts_make(program: object) -> None:
    run_under = runner(program)  # type: ignore[arg-type]
    strategy = Random("segments")
    for _ in range(100):
        run = run_under(strategy)
        schedule = schedule_of(run_under, run)
        again = run_under(Tolerant(schedule.segments(), schedule.verdicts()))
        assert again.digest == run.digest
        assert again.choices == run.choices


def test_segments_say_until_which_call() -> None:
    given = (Segment("server0/main", (1, 1)), Segment("server1/main", (1, 0)), Segment("server2/main"))
    _, schedule = made(ports(3), *given)
    assert schedule.segments()[:3] == given


def test_what_is_impossible_is_skipped() -> None:
    run, schedule = made(
        three_calls(2, 2),
        Segment("nobody"),
        Segment("t1", (1, 0)),
        Segment("t1", (1, 0)),
        Segment("no link", None, 3),
        Segment("t0", (9, 9)),
        Segment("t0"),
    )
    assert schedule.segments()[:2] == (Segment("t1", (1, 0)), Segment("t0"))
    assert switches(run.trace) == 2


def test_without_segments_the_current_thread_goes_on_then_the_lowest_name() -> None:
    run, schedule = made(three_calls(3, 2))
    assert [choice.chosen for choice in schedule.choices if choice.point in ("start", "end")] == ["t0", "t1"]
    assert switches(run.trace) == 2


def test_verdicts_are_given_to_the_same_packet() -> None:
    _, schedule = made(lossy, verdicts=(Verdict("net.link a>b.loss", 2, 1), Verdict("net.link a>b.loss", 9, 1)))
    assert schedule.verdicts() == (Verdict("net.link a>b.loss", 2, 1),)


# ---- the story -----------------------------------------------------------------------------------------------


def test_a_story_says_who_went_on_until_where() -> None:
    run, schedule = made(ports(2), Segment("server0/main", (1, 1)), Segment("server1/main"))
    assert story(schedule, run.trace) == [
        "run server0/main until toy.bind.looked-up in its 1st call, bind(0x50)",
        "then server1/main until it ends",
        "then server0/main until it ends",
    ]


def test_a_story_tells_waiting_from_being_interrupted() -> None:
    run, schedule = made(
        early_delivery,
        Segment("client", (2, 0)),
        Segment("server"),
        Segment("link a>b", None, 1),
        Segment("server"),
    )
    assert story(schedule, run.trace) == [
        "run client until its 2nd call, send(0x0)",
        "then server until it waits in its 1st call, recv(0x0)",
        "then link a>b delivers",
        "then server until it ends",
        "then client until it ends",
    ]


def test_a_story_tells_what_the_network_did() -> None:
    run, schedule = made(lossy, verdicts=(Verdict("net.link a>b.loss", 3, 1),))
    assert story(schedule, run.trace) == [
        "run client until its 3rd call, send(0x0)",
        "then the network loses packet 3 of link a>b",
        "then client until it ends",
        "then link a>b delivers 2 packets",
        "then server until it waits in its 3rd call, recv(0x0)",
    ]


def test_a_story_knows_two_threads_of_one_name_apart() -> None:
    def twins(world: World) -> None:
        world.thread("twin", world.pad(2))
        world.thread("twin", world.pad(2))

    run, schedule = made(twins, Segment("twin#2", (1, 0)), Segment("twin"))
    assert story(schedule, run.trace) == [
        "run twin#2 until its 1st call, time(0x0)",
        "then twin until it ends",
        "then twin#2 until it ends",
    ]


def test_other_verdicts_are_told_as_they_are() -> None:
    def program(world: World) -> None:
        link = Link(world, "q", "a>b")

        def body() -> None:
            world.pad(1)()
            world.executive.choose("net.a>b.delay", 8)
            world.executive.choose("net.a>b.duplication", 2)
            world.executive.choose("fault.out of buffers", 2)
            link.send()

        world.thread("t", body)

    run, schedule = made(
        program,
        verdicts=(
            Verdict("net.a>b.delay", 1, 5),
            Verdict("net.a>b.duplication", 1, 1),
            Verdict("fault.out of buffers", 1, 1),
        ),
    )
    assert story(schedule, run.trace) == [
        "run t until its 1st call, time(0x0)",
        "then the network delays packet 1 of link a>b by 5 of 7 parts",
        "then the network delivers packet 1 of link a>b twice",
        "then fault.out of buffers is 1 the 1st time",
        "then t until it ends",
    ]


def test_every_story_accounts_for_every_switch() -> None:
    run_under = runner(three_calls(3, 4))
    strategy = Random("stories")
    for _ in range(50):
        run = run_under(strategy)
        lines = story(schedule_of(run_under, run), run.trace)
        assert len(lines) == switches(run.trace) + 1
        assert all("waits" not in line for line in lines)


def test_the_story_of_one_thread_is_one_line() -> None:
    run = runner(three_calls(1, 4))(FirstReady())
    assert story(Schedule(()), run.trace) == ["run t0 until it ends"]


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)
    assert [ordinal(number) for number in numbers] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip

"""What is left out of a long story, and what never is."""

from notsock.explore.story import abridged

WAITS = "then a until it waits in its 2nd call, recv(0x64)"
LINK = "then machine1>machine1 delivers"
TAKEN = "then b until its 3rd call, closesocket(0x64)"
ENDS = "then a until it ends"


def test_a_short_story_is_told_whole():
    lines = ["run a until it waits", *[WAITS] * 18, ENDS]
    assert abridged(lines) == lines


def test_the_middle_of_a_stretch_of_waiting_turns_is_left_out():
    lines = ["run a until it waits", *[WAITS] * 9, LINK, TAKEN, *[WAITS, LINK] * 6, ENDS]
    assert abridged(lines) == [
        "run a until it waits", "… 9 more, in which each goes on until it waits", LINK, TAKEN,
        WAITS, "… 10 more, in which each goes on until it waits", LINK, ENDS,
    ]  # fmt: skip


def test_a_turn_that_was_taken_from_a_thread_is_never_left_out():
    lines = [TAKEN] * 30
    assert abridged(lines) == lines


def test_a_story_that_ends_in_a_stretch_keeps_its_last_line():
    lines = [TAKEN, *[WAITS] * 20, LINK]
    assert abridged(lines) == [TAKEN, WAITS, "… 19 more, in which each goes on until it waits", LINK]


def rounds(count, *between):
    """A launcher that starts one child after the other, and waits for each."""
    for number in range(1, count + 1):
        yield f"{'then' if number > 1 else 'run'} a until it waits in its {number}1st call, wait({number * 4 + 96:#x})"
        yield from between
        yield f"then child.{number} until it ends"


def test_a_round_that_comes_again_and_again_is_told_when_it_comes_first_and_last():
    lines = [*rounds(50), ENDS]
    assert abridged(lines) == [
        "run a until it waits in its 11st call, wait(0x64)", "then child.1 until it ends",
        "… these 2 lines 48 times more, with other numbers",
        "then a until it waits in its 501st call, wait(0x128)", "then child.50 until it ends",
        ENDS,
    ]  # fmt: skip


def test_a_round_in_which_stretches_are_left_out_is_told_once_too():
    lines = [*rounds(9, *[LINK] * 8), TAKEN]
    told = abridged(lines)
    assert told[1] == "… 7 more, in which each goes on until it waits"
    assert told[4] == "… these 4 lines 7 times more, with other numbers"
    assert len(told) == 10


def test_a_round_with_a_turn_that_was_taken_is_told_whole():
    lines = list(rounds(12, TAKEN))
    assert abridged(lines) == lines


def test_a_round_that_comes_three_times_is_told_whole():
    lines = [*[TAKEN] * 20, *rounds(3), TAKEN]
    assert abridged(lines) == lines

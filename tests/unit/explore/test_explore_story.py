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

"""What is learned: pairs of turns are new once, and mean the same when they have been written and read."""

import json

import pytest

from notsock.explore import learned
from notsock.explore.learned import Kept, Learned
from notsock.explore.stored import StoredFileError

FIRST = Kept(("a", "a", "b", "a"), ((1, 2), (2, 3)))
SAME_PAIRS = Kept(("a", "a", "b", "a", "c"), ((1, 2),))
OTHER_ORDER = Kept(("a", "b", "a", "a"), ((0, 1),))


def of(*runs: Kept, schedules: int = 0) -> Learned:
    made = Learned()
    made.schedules = schedules
    for run in runs:
        made.keep(run)
    return made


def test_a_run_is_kept_if_one_of_its_pairs_is_new() -> None:
    made = of(FIRST, SAME_PAIRS, OTHER_ORDER)
    assert made.kept == [FIRST, OTHER_ORDER]
    assert made.pairs == 3


def test_the_newest_runs_are_kept_and_what_the_others_showed_stays_known() -> None:
    runs = [Kept(("a",) * number + ("b",), ((number - 1, number),)) for number in range(1, 100)]
    made = of(*runs, *runs)
    assert made.kept == runs[-learned.KEPT_MAX :]
    assert made.pairs == 99


def test_it_is_the_same_when_it_has_been_written_and_read() -> None:
    made = of(FIRST, OTHER_ORDER, schedules=7)
    text = json.dumps(made.to_json())
    again = Learned.from_json(json.loads(text))
    assert (again.schedules, again.kept, again.pairs) == (7, made.kept, made.pairs)
    assert json.dumps(again.to_json()) == text
    again.keep(SAME_PAIRS)
    assert again.kept == made.kept


def test_what_another_search_has_learned_is_taken_where_it_is_new() -> None:
    made, other = of(FIRST, schedules=3), of(SAME_PAIRS, OTHER_ORDER, schedules=9)
    made.merge(other)
    assert made.kept == [FIRST, OTHER_ORDER]
    assert made.schedules == 3


def test_too_many_pairs_are_not_remembered_and_too_long_runs_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "PAIRS_MAX", 2)
    made = of(FIRST, OTHER_ORDER, OTHER_ORDER)
    assert made.pairs == 2
    assert made.kept == [FIRST, OTHER_ORDER, OTHER_ORDER]
    monkeypatch.setattr(learned, "TURNS_MAX", len(OTHER_ORDER.order) + len(OTHER_ORDER.pairs))
    assert Learned.from_json(made.to_json()).kept == [OTHER_ORDER]


def test_no_two_searches_draw_the_same() -> None:
    assert [of(schedules=number).seed(5) for number in (0, 200, 400)] == [5, "5+200", "5+400"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schedules", -1),
        ("schedules", True),
        ("schedules", None),
        ("actors", ["a\x1b[2J", "b"]),
        ("actors", ["a"]),
        ("actors", {}),
        ("pairs", [0, 1, 1]),
        ("pairs", [0, 1, 9, 1]),
        ("pairs", ["a", 1, "b", 1]),
        ("pairs", [0, 1, 1, 1 << 40]),
        ("kept", [[]]),
        ("kept", [{"order": [0, 1]}]),
        ("kept", [{"order": [0, 1 << 31], "pairs": []}]),
        ("kept", [{"order": [0, 1 << 30] * 9, "pairs": []}]),
        ("kept", [{"order": [2, 1], "pairs": []}]),
        ("kept", [{"order": [0, 2], "pairs": [0, 2]}]),
        ("kept", [{"order": [0, 2], "pairs": [1, 0]}]),
    ],
)
def test_what_somebody_else_made_is_refused_in_one_line(name: str, value: object) -> None:
    content = of(FIRST).to_json() | {name: value}
    with pytest.raises(StoredFileError) as caught:
        Learned.from_json(content)
    assert str(caught.value).isprintable()

"""The bug zoo: each bug is found as soon as its docstring says, by its simplest story; in its twin there is nothing."""

from statistics import median

import pytest
from make_zoo import NAMES, PAGE, ZOO, Entry, entries, failing, found_in, least_story, twin

from notsock.explore.plan import Reducing
from notsock.explore.search import search
from notsock.explore.strategies.portfolio import Portfolio
from notsock.explore.strategies.widening import VARIABLES

SEEDS = 7
TWIN_SCHEDULES, TWIN_SECONDS = 300, 5.0
ENTRIES = entries()
RULES = {
    "closed-twice", "closed-through-alias", "stale-close", "use-after-close", "leaked-duplicate", "half-closed-pile",
    "two-owners", "left-open", "stale-context", "exhausted", "deadlock",
}  # fmt: skip


def of_every_entry(function: object) -> object:
    return pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in ENTRIES])(function)


@of_every_entry
def test_it_is_found_as_soon_as_stated(entry: Entry) -> None:
    most = 10 * entry.within + 20
    numbers = [found_in(entry.runner(), entry, Portfolio(seed), most) or most + 1 for seed in range(SEEDS)]
    assert median(numbers) <= entry.within * 1.5 + 1, numbers


@of_every_entry
def test_its_simplest_story_is_the_stated_one(entry: Entry) -> None:
    runner = entry.runner()
    run = failing(runner, entry, Portfolio(1))
    assert least_story(runner, entry, run) == (0, entry.preemptions, entry.switches)


@of_every_entry
def test_nothing_is_found_in_its_twin(entry: Entry) -> None:
    searched = twin(entry, TWIN_SCHEDULES, TWIN_SECONDS)
    assert searched.found == {}
    assert searched.drift is None
    assert searched.unfinished == 0


@pytest.mark.parametrize(
    ("name", "schedules"),
    [("late_finalizer", 150), ("wrapped_descriptor", 250), ("second_server", 100), ("reader_of_a_closed_pipe", 250)],
)
def test_all_orders_of_the_calls_of_a_threaded_twin_are_tried(name: str, schedules: int) -> None:
    entry = next(entry for entry in ENTRIES if entry.name == name)
    searched = search(entry.runner(fixed=True), Reducing(), schedules=schedules)
    assert (searched.verdict, searched.found) == (f"exhausted up to {VARIABLES}", {})
    assert found_in(entry.runner(), entry, Reducing(), 10) is not None


@of_every_entry
def test_it_happens_on_no_other_release(entry: Entry) -> None:
    others = [name for name in NAMES if name not in entry.releases][:2]
    for release in others:
        assert found_in(entry.runner(release=release), entry, Portfolio(0), 20) is None, release


def test_every_rule_has_a_bug() -> None:
    assert {entry.rule for entry in ENTRIES} == RULES


def test_every_program_has_its_twin() -> None:
    names = {path.stem for path in ZOO.glob("*.py")}
    assert {name for name in names if not name.endswith("_fixed")} == {
        name.removesuffix("_fixed") for name in names if name.endswith("_fixed")
    }


def test_the_page_lists_them_all() -> None:
    text = PAGE.read_text()
    assert [entry.name for entry in ENTRIES if f"| [{entry.name}](../zoo/{entry.name}.py) |" not in text] == []

"""Partial-order reduction against the judge: no outcome of a small program is lost, and the judge would notice.

This is a slice, for every change; ``make oracle`` judges 3,000 programs of each profile.
"""

from itertools import islice

import pytest
from small_programs import LINES, PROFILES, InPython, numbers_of, runner
from wrong_relations import WRONG

from notsock.explore.strategies.dpor import Dpor
from oracle import Narrow, Plain, everything, judge

PROGRAMS, SLICES, MOST = 40, 2, 100


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_no_outcome_is_lost(profile: str, part: int) -> None:
    size = PROGRAMS // SLICES
    judged = judge(profile, islice(numbers_of(profile), part * size, (part + 1) * size), most=MOST)
    assert judged.lost == []
    assert judged.programs > size // 3
    if profile in ("interrupted", "threaded"):  # threads of one Python process conflict in every turn
        assert judged.reduced <= judged.schedules
    else:
        assert judged.reduced < judged.schedules / 2


@pytest.mark.parametrize(
    ("wrong", "profile", "programs"),
    [
        ("by number", "handles", 30), ("asleep for good", "handles", 30), ("without misses", "handles", 100),
        ("without ports", "mixed", 50), ("without victims", "mixed", 50), ("without victims", "interrupted", 15),
        ("without queues", "overlapped", 300),
    ],
)  # fmt: skip
def test_the_judge_notices_a_wrong_relation(wrong: str, profile: str, programs: int) -> None:
    judged = judge(profile, islice(numbers_of(profile), programs), WRONG[wrong], MOST)
    assert len(judged.lost) >= 2


def test_the_judge_notices_that_links_have_an_end() -> None:
    """Few programs have two datagrams of one machine under way to one socket, so this one is named."""
    assert judge("mixed", [209], WRONG["without tails"], MOST).lost


def test_a_thread_that_the_end_of_its_process_caught_before_its_first_turn_has_had_it_elsewhere() -> None:
    source = "import _thread, os\n_thread.start_new_thread(os.write, (1, b'1'))\nos.write(1, b'2')\n"
    run_under, known = runner(InPython((source,), LINES)), {}
    plain = everything(run_under, Plain(), 400, known)
    reduced = everything(run_under, Dpor(), 400, known)
    assert plain is not None
    assert reduced is not None
    assert len(plain[0]) >= 3
    assert reduced[0] == plain[0]


def test_threads_that_change_variables_as_they_come_need_the_second_stage() -> None:
    """What the first stage of two leaves out, and says so, is really lost there."""
    judged = judge("threaded", range(50), Narrow)
    assert len(judged.lost) >= 3

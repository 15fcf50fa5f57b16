"""Partial-order reduction against the judge: no outcome of a small program is lost, and the judge would notice.

This is a slice, for every change; ``make oracle`` judges 3,000 programs of each profile.
"""

import pytest
from small_programs import PROFILES

from oracle import ByNumber, Narrow, judge

PROGRAMS, SLICES = 40, 2


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_no_outcome_is_lost(profile: str, part: int) -> None:
    size = PROGRAMS // SLICES
    judged = judge(profile, range(part * size, (part + 1) * size))
    assert judged.lost == []
    assert judged.programs > size // 3
    if profile in ("interrupted", "threaded"):  # threads of one Python process conflict in every turn
        assert judged.reduced <= judged.schedules
    else:
        assert judged.reduced < judged.schedules / 2


def test_the_judge_notices_that_numbers_alone_are_not_enough() -> None:
    judged = judge("handles", range(30), ByNumber)
    assert len(judged.lost) >= 3


def test_threads_that_change_variables_as_they_come_need_the_second_stage() -> None:
    """What the first stage of two leaves out, and says so, is really lost there."""
    judged = judge("threaded", range(50), Narrow)
    assert len(judged.lost) >= 3

"""The screen lets go only what no rule would find anything in."""

import pytest
from detect_scenes import Alternate, echo, pool, scramble

from notsock.detect.judge import judge
from notsock.detect.screen import suspicious
from notsock.explore.strategies.random import Random


@pytest.mark.parametrize("block", range(10))
def test_no_rule_finds_anything_in_what_the_screen_lets_go(block):
    let_go = stopped = 0
    for seed in range(40 * block, 40 * block + 40):
        trace = scramble(seed).run().trace
        if suspicious(trace):
            stopped += 1
            continue
        let_go += 1
        assert judge(trace, screen=False).evidence == (), seed
    assert stopped
    assert let_go


def test_a_healthy_server_is_let_go_at_once():
    assert not suspicious(echo(1).run().trace)


@pytest.mark.parametrize("make", [echo, pool])
def test_healthy_programs_have_no_finding_under_any_schedule(make):
    for strategy in (None, Alternate(), *(Random(f"healthy {seed}") for seed in range(20))):
        report = judge(make(strategy=strategy).run().trace, screen=False)
        assert report.evidence == (), report.findings

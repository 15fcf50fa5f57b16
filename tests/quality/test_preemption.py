"""A lost update between two plain lines: found, shrunk to its one preemption, replayed, and absent under a lock."""

import textwrap

import pytest

from notsock.executive.strategy import FirstReady
from notsock.explore.plan import PLANS, DepthFirst
from notsock.explore.replay import replay, schedule_of
from notsock.explore.shrink import shrink
from notsock.explore.story import story
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner

SCHEDULES = 60


def source(*, locked, times):
    body = ["value = counter", "counter = value + 1"]
    if locked:
        body = ["with lock:", *(f"    {line}" for line in body)]
    lines = "\n".join(f"                {line}" for line in body)
    return textwrap.dedent(
        f"""\
        import threading
        counter = 0
        lock = threading.Lock()
        def work():
            global counter
            for _ in range({times}):
{lines}
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert counter == {2 * times}
        """
    )


@pytest.fixture
def runner(tmp_path):
    def make(**named):
        path = tmp_path / "counting.py"
        path.write_text(source(**named))
        return Runner(Program((Part(str(path)),)), Options(preempt="lines"))

    return make


def uncaught(run):
    return any(one.rule == "uncaught" for one in run.findings)


@pytest.mark.parametrize("plan", ["portfolio", "random"])
def test_a_lost_update_is_found_shrunk_and_replayed(runner, plan):
    run_once = runner(locked=False, times=20)
    assert not uncaught(run_once(FirstReady()))
    found = next(
        (run for strategy in taken(PLANS[plan](1)) if uncaught(run := run_once(strategy))),
        None,
    )
    assert found is not None
    least = shrink(run_once, found, uncaught)
    schedule = schedule_of(run_once, least)
    assert schedule.preemptions == 1
    assert any("counting.py:" in line for line in story(schedule, least.trace))
    assert replay(run_once, schedule).digest == least.digest


def taken(plan):
    """Yield the strategies of a plan, as many as a search that finds it may need."""
    for _ in range(SCHEDULES):
        strategy = plan.next()
        if strategy is None:
            return
        yield strategy


def test_under_a_lock_every_schedule_with_one_preemption_is_clean(runner):
    run_once = runner(locked=True, times=1)
    plan = DepthFirst(1)
    count = 0
    while (strategy := plan.next()) is not None:
        assert not uncaught(run_once(strategy))
        count += 1
    assert plan.verdict() == "exhausted up to 1 preemptions"
    assert count > 20

"""One run again: by its own choices, with its schedule noted; or by a schedule, strictly."""

from notsock.explore.run import Run, Runner
from notsock.explore.schedule import Schedule
from notsock.explore.strategies.recording import Recording
from notsock.explore.strategies.replay import Repeat, Replay


def schedule_of(runner: Runner, run: Run) -> Schedule:
    """Return the typed choices of ``run``, which is run once more; raises Drift if it goes otherwise."""
    recording = Recording(Repeat(run.choices))
    runner(recording)
    return recording.schedule()


def replay(runner: Runner, schedule: Schedule) -> Run:
    """Return the run that ``schedule`` makes; raises Drift at the first choice that differs."""
    strategy = Replay(schedule)
    run = runner(strategy)
    strategy.finish()
    return run

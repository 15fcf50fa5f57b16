"""One shard, searched in this process; the account of it is given while it grows."""

import os
from collections.abc import Callable

from notsock import __version__
from notsock.campaign.messages import Account, Cause, Task
from notsock.explore.learned import Learned
from notsock.explore.replay_file import changed_source, python_version
from notsock.explore.search import Found, Key, Search, search
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.runner import Runner
from notsock.programs.watchdog import NoCallError, explain
from notsock.shim.python_process import ProgramError as PythonProgramError


def versions() -> tuple[str, str]:
    """Return what a schedule's meaning depends on: the versions of Python and notsock."""
    return python_version(), __version__


class Worker:
    """Searches shards; the program stays loaded from one to the next."""

    def __init__(self) -> None:
        self._made_for: object = None
        self._environment = dict(os.environ)
        self._runner: Runner | None = None

    def work(self, task: Task, tell: Callable[[Account], None]) -> Account:
        """Return the final account of a shard; ``tell`` gets those before it."""
        shard = task.shard
        tell(Account(shard.number))
        try:
            return self._search(task, tell)
        except NoCallError as error:
            trouble = str(explain(error))
        except (ProgramError, PythonProgramError) as error:
            trouble = str(error)
        return Account(shard.number, trouble=trouble, final=True)

    def _search(self, task: Task, tell: Callable[[Account], None]) -> Account:
        runner = self._runner_for(task)
        told: set[Key] = set()
        learned = Learned.from_json(task.learned)
        plan = task.effort.plan(task.shard.seed, learned)

        def on_progress(result: Search) -> None:
            tell(_account(task, result, told))

        def on_found(found: Found) -> None:
            key = (found.finding.rule, found.finding.key)
            tell(Account(task.shard.number, found.schedule, causes=(Cause(key, 1, found.schedule, found.run.choices),)))

        result = search(
            runner, plan, schedules=task.shard.schedules, on_progress=on_progress, on_found=on_found
        )
        if result.drift is not None:
            raise ProgramError(f"the program does not repeat itself: {result.drift}")
        return _account(task, result, set(), learned)

    def _runner_for(self, task: Task) -> Runner:
        """Return the task's runner, the one before where it is the same program on the same system."""
        made_for = (task.parts, task.options, task.sources, task.environment)
        if self._runner is None or self._made_for != made_for:
            _check(task)
            self._be_where_it_began(task)
            self._runner = Runner(Program.from_json(task.parts), Options.from_json(task.options))
            self._made_for = made_for
        return self._runner

    def _be_where_it_began(self, task: Task) -> None:
        """Have the variables that the program asks for as they are where the campaign began."""
        os.environ.clear()
        os.environ.update(self._environment)
        for name, value in task.environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check(task: Task) -> None:
    """Refuse a task that would mean something else here."""
    if task.versions != versions():
        theirs, ours = (f"Python {python} and notsock {notsock}" for python, notsock in (task.versions, versions()))
        raise ProgramError(f"a worker on {os.uname().nodename} has {ours}, the campaign {theirs}")
    changed = changed_source(task.sources, "the campaign began")
    if changed:
        raise ProgramError(f"on {os.uname().nodename} {changed}")


def _account(task: Task, result: Search, told: set[Key], learned: Learned | None = None) -> Account:
    """Return the account of a shard, the final one where it says what was ``learned``."""
    causes = []
    for key, found in result.found.items():
        choices = () if key in told else found.run.choices
        causes.append(Cause(key, result.counts[key], found.schedule, choices))
        told.add(key)
    return Account(
        task.shard.number,
        result.schedules,
        result.unfinished,
        result.verdict,
        tuple(causes),
        result.digests.kept() if learned is not None else (),
        learned.to_json() if learned is not None else None,
        result.seconds,
        final=learned is not None,
    )

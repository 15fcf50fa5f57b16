"""The campaign itself: hands shards to an engine, folds what comes back in order, and outlives its workers.

It stands in for :func:`notsock.explore.search.search`, with the same result.  What was found is there at every
moment, whatever ends the campaign: its last shard, a limit, Ctrl-C, or the end of the engine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from notsock.campaign.engine import Engine, EngineError, News
from notsock.campaign.messages import Account, Cause, Lost, Task
from notsock.campaign.shards import Shard, shards
from notsock.campaign.work import versions
from notsock.explore.learned import Learned
from notsock.explore.replay_file import source_digests
from notsock.explore.search import PROGRESS_SECONDS, Found, Key, Search, interrupts
from notsock.explore.strategies.replay import Repeat
from notsock.explore.verdict import EXHAUSTED, STOPPED
from notsock.programs.checking import Effort
from notsock.programs.program import ProgramError
from notsock.programs.runner import Runner
from notsock.shim.environment import values

ATTEMPTS = 3
"""How often a shard is given to a worker before it is said that it kills them."""


@dataclass(slots=True)
class Campaign(Search):
    """What a campaign has come to: a search's result, and what befell its workers.

    ``deaths`` counts workers that died with a shard in hand, ``gone`` says how the engine was lost.
    """

    deaths: int = 0
    gone: str = ""
    causes: dict[Key, Cause] = field(default_factory=dict)


def run_campaign(
    engine: Engine,
    runner: Runner,
    effort: Effort,
    learned: Learned,
    *,
    on_progress: Callable[[Search], None] | None = None,
    on_found: Callable[[Found], None] | None = None,
) -> Campaign:
    """Search as far as ``effort`` says, with the workers of ``engine``; raises :class:`ProgramError`.

    ``runner`` runs the first schedule of each cause once more, here, when it is told.  Each shard goes on from what
    was ``learned`` before; what it adds is merged when it is folded.
    """
    return _Running(engine, runner, effort, learned, on_progress, on_found).run()


class _Running:
    """The state of a campaign under way."""

    def __init__(
        self,
        engine: Engine,
        runner: Runner,
        effort: Effort,
        learned: Learned,
        on_progress: Callable[[Search], None] | None,
        on_found: Callable[[Found], None] | None,
    ) -> None:
        self._engine = engine
        self._runner = runner
        self._effort = effort
        self._on_progress = on_progress
        self._on_found = on_found
        self._parts, self._options = runner.program.to_json(), runner.options.to_json()
        self._sources = source_digests(runner.program.sources())
        self._environment = values(runner.asked)
        self._learned, self._known = learned, learned.to_json()
        self._left: Iterator[Shard] = shards(effort, learned.seed(runner.options.seed))
        self._again: list[Shard] = []
        self._shards: dict[int, Shard] = {}
        """The shards that are with a worker, or done and not folded yet, by number."""
        self._accounts: dict[int, Account] = {}
        self._attempts: dict[int, int] = {}
        self._next = 0
        """The number of the shard that is folded next."""
        self._told: set[Key] = set()
        self._result = Campaign()
        self._over = False

    def run(self) -> Campaign:
        """Run until no shard is left, a limit is reached, or somebody ends it."""
        result, begun = self._result, perf_counter()
        until = begun + self._effort.seconds if self._effort.seconds is not None else float("inf")
        report_at = begun
        try:
            with interrupts() as interrupted:
                while self._hand_out() and not interrupted and perf_counter() < until:
                    for each in self._engine.news(min(PROGRESS_SECONDS, max(0.0, until - perf_counter()))):
                        self._take(each)
                    self._fold_in_order()
                    now = perf_counter()
                    if self._on_progress is not None and now >= report_at:
                        self._on_progress(self._so_far(now - begun))
                        report_at = now + PROGRESS_SECONDS
        except EngineError as error:
            result.gone = str(error)
        except KeyboardInterrupt:
            pass
        self._engine.drop()
        if not self._over:  # what is left is what somebody interrupted
            for number in sorted(self._accounts):
                self._fold(self._accounts[number])
        for key, cause in result.causes.items():
            result.found[key] = self._here(cause)
        result.ran_dry = self._over
        result.seconds = perf_counter() - begun
        return result

    def _here(self, cause: Cause) -> Found:
        """Run a cause's first schedule in this process."""
        run = self._runner(Repeat(cause.choices))
        finding = next((each for each in run.findings if (each.rule, each.key) == cause.key), None)
        if finding is None:
            raise ProgramError(f"a worker found {cause.key[0]} under a schedule that shows nothing here")
        return Found(run, cause.schedule, finding)

    def _hand_out(self) -> bool:
        """Give the engine as much as it takes; say whether anything is under way."""
        if self._over:
            return False
        while self._engine.room() > 0:
            shard = self._again.pop() if self._again else next(self._left, None)
            if shard is None:
                break
            self._shards[shard.number] = shard
            task = Task(
                self._parts, self._options, self._effort, shard, self._sources, versions(), self._environment,
                self._known,
            )  # fmt: skip
            self._engine.start(task)
        return bool(self._shards)

    def _take(self, news: News) -> None:
        number = news.shard
        if number not in self._shards:
            return
        if isinstance(news, Lost):
            self._lost(news)
        elif news.trouble:
            raise ProgramError(news.trouble)
        else:
            self._accounts[number] = news.after(self._accounts.get(number))
            self._tell(news)

    def _tell(self, account: Account) -> None:
        """Pass on the causes that nobody has told yet."""
        for cause in account.causes:
            if cause.key not in self._told and cause.choices:
                self._told.add(cause.key)
                if self._on_found is not None:
                    self._on_found(self._here(cause))

    def _lost(self, lost: Lost) -> None:
        """Count a worker's death, and have its shard searched by another."""
        number = lost.shard
        self._result.deaths += 1
        self._accounts.pop(number, None)
        attempts = self._attempts[number] = self._attempts.get(number, 1) + 1
        if attempts > ATTEMPTS:
            raise ProgramError(f"the program ends the workers that run it: {ATTEMPTS} in a row ({lost.reason})")
        if not lost.again:
            self._again.append(self._shards[number])

    def _fold_in_order(self) -> None:
        while not self._over:
            account = self._accounts.get(self._next)
            if account is None or not account.final:
                return
            self._fold(self._accounts.pop(self._next))
            shard = self._shards.pop(self._next)
            self._attempts.pop(self._next, None)
            self._next += 1
            ran_dry = account.schedules != shard.schedules  # its plan had no more before it came to its limit
            self._over = ran_dry or account.verdict == EXHAUSTED

    def _fold(self, account: Account) -> None:
        """Add what a shard came to; of a cause that is known already the first schedule stays."""
        result, first = self._result, self._shards[account.shard].first
        result.schedules += account.schedules
        result.unfinished += account.unfinished
        result.digests.merge(account.digests)
        if account.learned is not None:
            self._learned.merge(Learned.from_json(account.learned))
        if result.verdict == STOPPED or account.verdict == EXHAUSTED:
            result.verdict = account.verdict or STOPPED
        for cause in account.causes:
            result.counts[cause.key] = result.counts.get(cause.key, 0) + cause.count
            if cause.key not in result.causes:
                where = first + cause.schedule - 1
                result.causes[cause.key] = Cause(cause.key, cause.count, where, cause.choices)

    def _so_far(self, seconds: float) -> Campaign:
        """Return the counts as they stand, with the shards that are under way."""
        result = self._result
        waiting = self._accounts.values()
        causes = set(result.causes).union(*({cause.key for cause in account.causes} for account in waiting))
        return Campaign(
            schedules=result.schedules + sum(account.schedules for account in waiting),
            unfinished=result.unfinished + sum(account.unfinished for account in waiting),
            seconds=seconds,
            deaths=result.deaths,
            counts=dict.fromkeys(causes, 1),
        )

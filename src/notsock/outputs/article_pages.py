"""The page of articles: a run on an affected release, the same schedule on a clean one, and what every release does."""

from collections.abc import Sequence
from dataclasses import dataclass

from notsock.detect.finding import Finding, Severity
from notsock.detect.judge import judge
from notsock.explore.replay import schedule_of
from notsock.explore.run import Run
from notsock.explore.schedule import Schedule
from notsock.explore.search import search
from notsock.explore.story import story
from notsock.explore.strategies.replay import Replay
from notsock.kb.article import Article, Verdict
from notsock.kb.observe import Observation, Trial, plan_of
from notsock.outputs.capture import Listener
from notsock.outputs.pages import shown_run
from notsock.report.links import archived
from notsock.report.page.content import Beside, Page, Row, ShownFinding, ShownRun, Table


def articles_page(cells: Sequence[Observation]) -> Page:
    """Return the page of what was observed, article by article."""
    by_article: dict[str, list[Observation]] = {}
    for cell in cells:
        by_article.setdefault(cell.article.number, []).append(cell)
    runs: list[ShownRun] = []
    findings: list[ShownFinding] = []
    pairs: list[Beside] = []
    for observed in by_article.values():
        article = observed[0].article
        affected = [cell.release for cell in observed if cell.observed is Verdict.AFFECTED]
        if not affected:
            continue
        shown = _show(article, affected[0])
        place = len(runs)
        runs.append(shown_run(shown.run.trace, shown.listener))
        words = tuple(story(shown.schedule, shown.run.trace))
        command = f"notsock kb {article.number} --windows {affected[0]}"
        findings.append(ShownFinding(_finding(article, shown), ", ".join(affected), place, words, command))
        clean = [cell.release for cell in observed if cell.observed is Verdict.CLEAN]
        if clean:
            pairs.append(Beside(place, len(runs), asked=True))
            runs.append(_same_schedule(article, clean[0], shown.schedule))
    title = ", ".join(by_article)
    agree = sum(cell.agrees for cell in cells)
    verdict = f"{agree} of {len(cells)} observations agree with what is claimed, or nothing is claimed"
    notes = tuple(_note(observed[0].article) for observed in by_article.values())
    tables = tuple(_table(observed) for observed in by_article.values())
    return Page(title, f"Knowledge Base {title}", verdict, tuple(findings), tuple(runs), tables, tuple(pairs), notes)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A run that shows an article's symptom, in what words its judge says so, and the schedule that makes it."""

    run: Run
    seen: str
    schedule: Schedule
    listener: Listener


def _show(article: Article, release: str) -> _Shown:
    """Return the first run of the deciding scenario that shows the symptom."""
    trial = Trial(article.deciding, release)
    listener = Listener(trial)
    found = search(trial, plan_of(article.deciding), stop_at_first=True).found
    first = next(iter(found.values()))
    schedule = schedule_of(trial, first.run)
    return _Shown(first.run, str(first.finding.key[0]), schedule, listener)


def _same_schedule(article: Article, release: str, schedule: Schedule) -> ShownRun:
    trial = Trial(article.deciding, release)
    listener = Listener(trial)
    strategy = Replay(schedule, strict=False)
    run = trial(strategy)
    strategy.finish()
    return shown_run(run.trace, listener, "the same schedule")


def _finding(article: Article, shown: _Shown) -> Finding:
    """Return what the rule says that names the article; where it is silent, the words of the article's own judge."""
    for finding in judge(shown.run.trace).findings:
        if finding.article == article.number:
            return finding
    return Finding(
        article.number, Severity.WARNING, shown.seen, article.title, article.number, (), shown.seen,
        f"see what {article.number} says of fixed releases", (article.number,),
    )  # fmt: skip


def _note(article: Article) -> tuple[str, tuple[str, ...]]:
    where = ", ".join(article.seams) or "nowhere: an application's error"
    return f"{article.number}: {article.title}", (
        article.mechanism,
        f"This rests on: {article.grounds.value}. Where releases differ for it: {where}.",
        f"As Microsoft wrote it: {archived(article.number)}",
    )


def _table(observed: Sequence[Observation]) -> Table:
    rows = []
    for cell in observed:
        deciding = cell.deciding
        claimed = f"{cell.claim.verdict.value} ({cell.claim.source})"
        searched = f"{deciding.verdict}, {deciding.schedules:,} schedule{'s' * (deciding.schedules != 1)}"
        rows.append(Row((cell.release, claimed, searched, cell.observed.value), cell.observed is Verdict.AFFECTED))
    title = f"{observed[0].article.number} on every release that was tried"
    return Table(title, ("release", "claimed", "searched", "observed"), tuple(rows))

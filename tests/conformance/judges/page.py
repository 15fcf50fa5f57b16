"""The page that says how many tests of others pass in a simulated process, and why the rest do not."""

from collections import defaultdict

from judges import reasons, results
from judges.suites import SUITES

PAGE = results.ROOT / "docs" / "conformance.md"

HEAD = """\
# Conformance

*Made by `scripts/make_conformance.py` (`make conformance`); do not edit. The reasons stand in `conformance.toml`.*

Tests that others have written run in a simulated process: CPython's own (`Lib/test` of the interpreter itself), class
by class, and trio's (its wheel has them), module by module, each in a forked child that is killed when a test says
nothing for a while. *Skipped* is what the tests themselves skip on this Windows: what only other systems have, what
asks the real Internet, and what needs a C module that is hidden here. A test that never ends counts as failed; a
module with a dash is not of that version, or was not run. Passing says that nothing breaks and that what all systems
have in common holds; few of these tests pin what only Windows does.

"""


def complaints(versions):
    """Yield what is wrong between the results and the reasons, a line each."""
    known = reasons.read()
    for version in versions:
        together, failed = {}, {}
        for module in (module for suite in SUITES for module in suite.modules):
            found = results.read(version, module) or {}
            together |= found
            failed |= results.failures(found)
        for test, (_, text) in failed.items():
            if reasons.reason_of(known, version, test) is None:
                last = text.strip().splitlines()[-1:] or ["no text"]
                yield f"{version}: {test} fails, and no reason names it: {last[0][:160]}"
        for pattern in reasons.stale(known, version, together, failed):
            yield f"{version}: a reason names {pattern}, which passes"


def page(versions):
    """Return the text of docs/conformance.md."""
    totals = "".join(_totals(suite, versions) for suite in SUITES)
    return HEAD + totals + "".join(_part(suite, versions) for suite in SUITES)


def _part(suite, versions):
    return f"\n## {suite.title}'s own tests\n\n{_table(suite, versions)}{_failures(suite, versions)}"


def _totals(suite, versions):
    lines = []
    for version in versions:
        passed = failed = skipped = 0
        for module in suite.modules:
            one = results.counts(results.read(version, module) or {})
            passed, failed, skipped = passed + one[0], failed + one[1], skipped + one[2]
        share = 100 * passed / (passed + failed) if passed + failed else 0.0
        ran = f"**{passed:,} of {passed + failed:,} pass ({share:.1f} %)**"
        lines.append(f"- {suite.title}'s on CPython {version}: {ran}, {skipped:,} skipped.\n")
    return "".join(lines)


def _table(suite, versions):
    rows = ["| module |" + "".join(f" {version} passed | failed | skipped |" for version in versions) + "\n"]
    rows.append("|---|" + "---:|---:|---:|" * len(versions) + "\n")
    for module in suite.modules:
        cells = ""
        for version in versions:
            found = results.read(version, module)
            cells += " - | | |" if found is None else " {} | {} | {} |".format(*results.counts(found))
        rows.append(f"| {module.removeprefix(suite.prefix)} |{cells}\n")
    return "".join(rows)


def _failures(suite, versions):
    known = reasons.read()
    named = defaultdict(dict)
    for version in versions:
        for module in suite.modules:
            for test in results.failures(results.read(version, module) or {}):
                why = reasons.reason_of(known, version, test) or "No reason is known."
                named[why].setdefault(test, []).append(version)
    lines = ["\n### What fails, and why\n"]
    for why, tests in named.items():
        lines.append(f"\n**{why}**\n\n")
        lines += [f"- `{test.removeprefix('test.')}` ({', '.join(found)})\n" for test, found in sorted(tests.items())]
    return "".join(lines)

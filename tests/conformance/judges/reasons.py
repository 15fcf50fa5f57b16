"""Why a test fails here: a file kept by hand, and held to what the runs say.

Each reason has a name, a sentence, and the tests it stands for: ``module.Class.test``, ``*`` for any part.  A failure
that no reason names is an error, and so is a reason's test that passes.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

FILE = Path(__file__).parents[3] / "docs" / "conformance.toml"


def read():
    """Return ``{sentence: [patterns]}``, with each pattern's versions: ``3.12: pattern`` or ``pattern``."""
    return {entry["why"]: entry["tests"] for entry in tomllib.loads(FILE.read_text())["reason"]}


def _applies(pattern, version, test):
    only, _, name = pattern.rpartition(": ")
    return (not only or version in only.split()) and fnmatchcase(test.removeprefix("test."), name)


def reason_of(reasons, version, test):
    """Return the sentence for a failure, None when there is none."""
    for why, patterns in reasons.items():
        if any(_applies(pattern, version, test) for pattern in patterns):
            return why
    return None


def stale(reasons, version, results, failed):
    """Return the patterns that name tests which ran, and of which none failed."""
    found = []
    for patterns in reasons.values():
        for pattern in patterns:
            named = [test for test in results if _applies(pattern, version, test)]
            if named and not any(test in failed for test in named):
                found.append(pattern)
    return found

"""What runs have left: one JSON file for each interpreter and module, so that one module can be run again."""

import json
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
CACHE = ROOT / "build" / "conformance"


def path_of(version, module):
    """Return where a module's results are kept."""
    return CACHE / version / f"{module.removeprefix('test.')}.json"


def read(version, module):
    """Return ``{test: [verdict, text]}``; None when it was not run, or its version has no such module."""
    try:
        return json.loads(path_of(version, module).read_text())["results"]
    except FileNotFoundError:
        return None


def counts(results):
    """Return how many tests passed, failed (those that hung with them) and were skipped."""
    kinds = Counter(verdict for verdict, _ in results.values())
    return kinds["pass"], kinds["fail"] + kinds["hang"], kinds["skip"]


def failures(results):
    """Return ``{test: [verdict, text]}`` of what did not pass."""
    return {test: result for test, result in results.items() if result[0] in ("fail", "hang")}

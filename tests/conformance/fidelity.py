"""The page that says, fact by fact, how this machine stands to real Windows; made from the tests themselves."""

import importlib
import sys
from pathlib import Path

from windows_facts import FACTS

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "fidelity.md"

HEAD = """\
# Fidelity

*Made by `scripts/make_fidelity.py` from `tests/conformance`; do not edit.*

Wine's authors run their tests on real Windows. These are the 79 facts about sockets that those tests pin, in our
own words, and how the simulated Windows (the current release) stands to each. *Agreed* names the test that
holds it.

{agreed} agreed, {differs} differ, {missing} not modelled yet.

| | Fact | Here |
|---|---|---|
"""


def holders():
    """Return the tests that hold each fact."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    found = {}
    for path in sorted(HERE.glob("test_facts_*.py")):
        module = importlib.import_module(path.stem)
        for name, test in vars(module).items():
            for number in getattr(test, "facts", ()):
                found.setdefault(number, []).append(f"{path.stem}.{name}")
    return found


def page():
    """Return the text of docs/fidelity.md."""
    tests = holders()
    rows, counts = [], {"agreed": 0, "differs": 0, "missing": 0}
    for number, fact in FACTS.items():
        if fact.missing:
            kind, here = "missing", f"not modelled yet: {fact.missing}"
        elif fact.differs:
            kind, here = "differs", f"**differs**: {fact.differs}"
        else:
            kind, here = "agreed", "agreed: " + ", ".join(f"`{name}`" for name in tests[number])
        counts[kind] += 1
        rows.append(f"| {number} | {fact.says} | {here}{f' ({fact.note})' if fact.note else ''} |\n")
    return HEAD.format(**counts) + "".join(rows)

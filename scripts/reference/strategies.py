"""A page for every way to search, from the docstring of what makes it."""

import inspect

from notsock.explore.plan import PLANS, Sampling, Thorough
from reference.page import Page, index, table


def pages() -> list[Page]:
    """Return a page for each strategy, and the one that leads to them."""
    names = sorted(PLANS)
    made = [Page(f"strategies/{name}", f"# {name}\n\n{_words(name)}\n") for name in names]
    rows = [[f"[{name}]({name}.md)", _words(name).partition("\n")[0]] for name in names]
    text = (
        "A strategy decides one run's choices from plain numbers: which thread goes next, which verdict the network "
        "gives. `--strategy NAME` picks one; without it a search uses the portfolio.\n\n"
        + table(["strategy", "what it does"], rows)
    )
    return [index("strategies", "Search strategies", text, made, listed=False), *made]


def _words(name: str) -> str:
    plan = PLANS[name](0)
    module = inspect.getmodule(type(plan.next() if isinstance(plan, Sampling | Thorough) else plan))
    return inspect.cleandoc((module and module.__doc__) or "")

"""The figures of docs/page.md: a page of a run of 100,000 events in headless Chromium (Debian's package).

    python bench/page.py            prints them; the machine has to be quiet
"""
# ruff: noqa: E402 - what drives the browser lies with the tests

import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

from browser import FRAMES, WHEEL, Browser
from machine import describe

from notsock.executive.strategy import FirstReady
from notsock.outputs.pages import run_page
from notsock.programs.options import Options
from notsock.programs.program import Part, Program
from notsock.programs.runner import Runner
from notsock.report.page.document import write_page

PROGRAM = ROOT / "bench" / "programs" / "busy_page.py"
ROUNDS = 5
KEY = "document.querySelector('.stage').dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
MOVES = {
    "panning": f"() => {WHEEL % 'deltaX: 60'}",
    "zooming": f"(n) => {WHEEL % 'ctrlKey: true, deltaY: n % 40 < 20 ? 40 : -40'}",
    "scrolling the table of events": "() => { document.querySelector('.events').scrollTop += 900; }",
    "moving the cursor": f"() => {KEY % 'ArrowRight'}",
}
WHOLE = "[...document.querySelectorAll('.toolbar button')].find((b) => b.textContent === 'Whole run').click()"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
READY = "performance.getEntriesByName('notsock-ready')[0].startTime"


def main():
    """Make the page, look at it, print what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        runner = Runner(Program((Part(str(PROGRAM)),)), Options("nt4"))
        run = runner(FirstReady())
        write_page(page, run_page(runner, run, None))
        browser = Browser(Path(folder) / "profile")
        try:
            print(f"{describe()}: {len(run.trace):,} events, {page.stat().st_size / 1e6:.2f} MB")
            opened = [_opened(browser, page) for _ in range(ROUNDS)]
            painted, ready = (_span(each[place] for each in opened) for place in range(2))
            print(f"first paint {painted} ms, the picture stands after {ready} ms")
            browser.run(WHOLE)
            for name, step in MOVES.items():
                print(f"{name}: {_span(browser.run(f'{FRAMES}({step})') for _ in range(ROUNDS))} frames a second")
        finally:
            browser.close()


def _opened(browser, page):
    browser.open(page)
    return browser.run(PAINTED), browser.run(READY)


def _span(values):
    """Return the median, and between what it lies."""
    seen = sorted(values)
    return f"{median(seen):.0f} ({seen[0]:.0f} to {seen[-1]:.0f})"


if __name__ == "__main__":
    main()

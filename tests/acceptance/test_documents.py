"""Every command that the documents show prints what they show, and the site builds without a warning."""

import subprocess
import sys
from pathlib import Path

import pytest
from console_blocks import agrees, documents, has_commands, run

ROOT = Path(__file__).parents[2]

PAGES = [path.relative_to(ROOT).as_posix() for path in documents()]


def told(page, network):
    wrong = []
    for _, command, shown, printed in run((ROOT / page).read_text(), network=network):
        if not agrees(shown, printed):
            wrong.append(f"$ {command}\n--- the page shows\n{shown}\n--- it prints\n{printed}")
    return wrong


@pytest.mark.parametrize("page", [page for page in PAGES if has_commands((ROOT / page).read_text())])
def test_every_command_prints_what_is_shown(page):
    wrong = told(page, network=False)
    assert not wrong, "\n\n".join(wrong) + "\n(make docs writes them anew)"


@pytest.mark.debian  # it installs from a package registry
@pytest.mark.parametrize(
    "page", [page for page in PAGES if has_commands((ROOT / page).read_text(), network=True)]
)
def test_every_command_that_installs_works(page):
    assert not told(page, network=True)


def test_the_site_builds_without_a_warning():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_site.py"], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (ROOT / "build" / "site" / "tutorial.html").exists()

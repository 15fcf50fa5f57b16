"""Where a rule or an article is explained: addresses for terminals that know hyperlinks, and for SARIF.

The site of notsock's own documents is wherever somebody put it: ``NOTSOCK_SITE`` names it.  Without one, a rule's page
is the docstring in its source file, and what is true everywhere is MITRE's description of the kind of weakness.
"""

import os
from pathlib import Path

from notsock.detect.rulebook import RulePage

_ARCHIVE = "https://jeffpar.github.io/kbarchive/kb"
"""Where the Knowledge Base's old articles can still be read."""


def _site() -> str:
    return os.environ.get("NOTSOCK_SITE", "").rstrip("/")


def for_terminal(page: RulePage) -> str:
    """Return where a click on a rule's name leads."""
    site = _site()
    return f"{site}/reference/rules/{page.name}.html" if site else Path(page.source).as_uri()


def for_everybody(page: RulePage) -> str:
    """Return an address of a rule that means the same on every machine."""
    site = _site()
    return f"{site}/reference/rules/{page.name}.html" if site else page.cwe_uri


def archived(article: str) -> str:
    """Return where an article of the Knowledge Base, ``Q142634``, can be read as Microsoft wrote it."""
    digits = article.removeprefix("Q")
    return f"{_ARCHIVE}/{digits.zfill(6)[:3]}/{article}/"

"""Build the site: write the pages that are made from the code, then let Sphinx build all, warnings as errors.

    python scripts/make_site.py [--only-reference]

The result is build/site/index.html.  Nothing generated is kept beside the sources in git.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from reference import articles, commands, errors, releases, rules, states, strategies

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
SITE = ROOT / "build" / "site"
KINDS = (commands, rules, articles, releases, strategies, errors, states)


def write_reference() -> int:
    """Write the generated pages anew; return how many there are."""
    shutil.rmtree(REFERENCE, ignore_errors=True)
    count = 0
    for kind in KINDS:
        for page in kind.pages():
            path = REFERENCE / f"{page.path}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page.text)
            count += 1
    return count


def main() -> int:
    """Build; return Sphinx's exit status."""
    print(f"{write_reference()} pages made from the code", flush=True)
    if "--only-reference" in sys.argv:
        return 0
    command = ["-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-j", "auto", "-b", "html", str(DOCS), str(SITE)]
    done = subprocess.run([sys.executable, *command], check=False)
    if done.returncode == 0:
        print(f"the site: {SITE.relative_to(ROOT)}/index.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

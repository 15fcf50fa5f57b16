"""Write docs/fidelity.md anew from the conformance tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "conformance"))

from fidelity import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page())

"""The small programs that the search is tried on stand beside its quality tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "quality"))

"""What the ``notsock`` command begins with: a Python whose hashes are the same in every launch.

A program's set of strings iterates by their hashes, which Python draws anew at every start, and a schedule that
was found today must be the same schedule tomorrow.  The seed cannot be set once Python runs, so it starts itself
again, before anything else is imported.
"""

import os
import sys

HASH_SEED = "PYTHONHASHSEED"


def same_hashes() -> None:
    """Start this Python again under a fixed hash seed; a number that the person has set is left alone."""
    if os.environ.get(HASH_SEED, "random") == "random":
        os.environ[HASH_SEED] = "0"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def start() -> None:
    """Run the command."""
    same_hashes()
    from notsock.cli.main import main  # noqa: PLC0415 - only now: the first start needs nothing of it

    main()

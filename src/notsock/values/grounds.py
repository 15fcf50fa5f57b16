"""What a statement about Windows rests on; findings and pages print it."""

from enum import Enum


class Grounds(Enum):
    """The four kinds of grounds, the best first."""

    CONFIRMED = "confirmed"
    """The vendor states it."""
    MEASURED = "measured"
    """A log of ours, or a test that others run on real Windows, shows it."""
    INFERRED = "inferred"
    """The vendor states the symptom; the mechanism is what explains it with the fewest assumptions."""
    CONJECTURED = "conjectured"
    """Neither; the neighbouring release's behaviour, or a guess that had to be made."""

"""Readers: logs of real programs in, the events of :mod:`notsock.trace` out."""

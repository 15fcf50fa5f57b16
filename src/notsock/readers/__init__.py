"""Readers: logs of real programs in, the events of :mod:`notsock.trace` out.

Each system's reader folds its log into ``tables`` of what is open; the ``sieve`` notices what may
be wrong and keeps the history of the objects involved; ``excerpt`` writes that history as events; ``judging`` has the
rules judge it.  What is kept grows with what is open, never with the log.
"""

"""strace's logs: read as a stream, folded into lifetimes, sieved, and handed to the detectors as a trace.

``source`` brings lines, ``lines`` takes one apart, ``lifetimes`` folds calls into the descriptors of every process
(``tables``), ``sieve`` notices what may be wrong and keeps the history of the objects involved, ``excerpt`` writes
that history as events.  What is kept grows with open descriptors, never with the log.
"""

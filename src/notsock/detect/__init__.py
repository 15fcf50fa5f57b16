"""Detectors: a trace in, findings out; one rule a file (:mod:`notsock.detect.rules`).

They go by the identity of objects, not by return codes, and never import the machine: the simulator's traces
and those read from real programs are judged alike.  :func:`notsock.detect.judge.judge` is the way in.
"""

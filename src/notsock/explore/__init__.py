"""Many runs of one program: strategies, search, replay and shrinking over one typed sequence of choices.

It knows no socket and makes no system: whoever searches passes in a runner, which makes a fresh system, runs
it under the strategy it is given, and returns the :class:`~notsock.explore.run.Run`.
"""

"""What happened: typed events, the vocabulary of calls, the recorder and its codec.

The one format that the simulated machine writes and the readers of real logs write too.
"""

"""The one place that decides: who runs next, what time it is, which verdict the network gives.

Knows no socket.  The only package that imports greenlet.
"""

"""Endpoints and their requests: bind, listen, accept, connect, send, receive, shutdown, poll.

The kernel half of a socket.  Answers are NTSTATUS values (:mod:`notsock.values.status`); Winsock maps them.
"""

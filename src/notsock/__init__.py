"""Runs a network program, unmodified, on a simulated Windows and reports what goes wrong with its sockets."""

__version__ = "0.1.0.dev0"

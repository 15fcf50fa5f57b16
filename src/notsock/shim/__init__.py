"""Python's own modules on a simulated Windows, so that unmodified programs run as its processes.

A simulated process sees its own ``sys``, ``builtins`` and modules (:mod:`~notsock.shim.view`); C modules that
would reach the real system are replaced at their boundary (:mod:`~notsock.shim.modules`); what is not modelled
is fenced by name (:mod:`~notsock.shim.policy`).
"""

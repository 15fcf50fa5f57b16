"""``pytest --notsock``: each test runs in a simulated Python process of its own, under many schedules.

A test is not run where pytest collected it, but by :mod:`notsock.pytest_plugin.test`, a small program that a
simulated process executes once for each schedule: it imports the test's module there, makes the fixtures, calls the
test and finishes the fixtures.  So everything that a fixture opens or starts belongs to the simulation.
"""

"""The tests of others, run in a simulated process: what the machine is judged by from outside."""

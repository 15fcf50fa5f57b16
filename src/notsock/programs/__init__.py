"""Programs under test: what is run, on which simulated system, under which schedules, and what is kept of it."""

"""Words of the domain: status values, error codes, addresses and durations. Imports nothing of ours."""

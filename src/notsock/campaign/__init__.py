"""One search over many processes, of this machine or of a Dask cluster.

The schedules are cut into shards, each a search of its own with a seed of its own; what the shards found is folded
in the order of their numbers, not in that in which they came back.  So a campaign comes to the same whoever did
the work, how many they were, and whoever of them died on the way.
"""

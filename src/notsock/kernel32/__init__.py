"""kernel32: handles, events, waiting, threads and processes, by Windows' own names."""

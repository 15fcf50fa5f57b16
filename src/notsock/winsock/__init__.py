"""The user-mode half of Windows Sockets: contexts, start-up, select, names, and the mapping of errors."""

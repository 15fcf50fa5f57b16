"""The object manager: kernel objects, per-process handle tables, duplication, inheritance, waiting."""

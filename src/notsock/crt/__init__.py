"""The C runtime: descriptors over handles, and threads whose handles it closes or does not."""

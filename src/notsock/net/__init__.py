"""A host's stack and the links between hosts: demultiplexing, ports, UDP, delay, loss and the packet tap."""

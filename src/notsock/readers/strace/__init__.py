"""strace's logs: ``source`` brings lines, ``lines`` takes one apart, ``lifetimes`` folds calls into descriptors.

``fold`` has what the handlers of all calls share; ``opening``, ``closing``, ``using``, ``passing``, ``sockets`` and
``processes`` have the handlers, by subject.
"""

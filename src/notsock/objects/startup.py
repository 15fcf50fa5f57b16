"""What a process is given by the one that creates it: a command line, standard handles, descriptors."""

from dataclasses import dataclass, field

STARTF_USESTDHANDLES = 0x100


@dataclass(slots=True)
class StartupInfo:
    """STARTUPINFOEX, as far as a program without windows sees it.

    ``handle_list`` is PROC_THREAD_ATTRIBUTE_HANDLE_LIST: the only handles that are inherited; ``descriptors`` what
    the C runtime passes on in ``lpReserved2``.
    """

    flags: int = 0
    input: int = 0
    output: int = 0
    error: int = 0
    handle_list: tuple[int, ...] | None = None
    descriptors: dict[int, int] = field(default_factory=dict)

    @property
    def handles(self) -> tuple[int, int, int]:
        """The standard handles that it names."""
        return self.input, self.output, self.error


@dataclass(slots=True)
class Startup:
    """A process's beginning: ``standard`` are its three standard handles, None for those of its console."""

    command_line: str
    image: str = ""
    standard: tuple[int | None, ...] = (None, None, None)
    descriptors: dict[int, int] = field(default_factory=dict)

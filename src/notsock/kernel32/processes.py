"""kernel32's calls on processes: creating them, what they are given, how they end.

A program is what :meth:`notsock.system.Machine.image` finds under a name: a scenario's own function, or (in a run
with Python programs) the interpreter.  Microsoft: "CreateProcess", "Inheritance (Processes and Threads)",
"Terminating a Process", "GenerateConsoleCtrlEvent".
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from notsock.executive.actors import Killed
from notsock.objects.console import ConsoleStream
from notsock.objects.process import Process
from notsock.objects.startup import STARTF_USESTDHANDLES, StartupInfo
from notsock.trace.calls import Call
from notsock.trace.events import Origin
from notsock.values.command_line import program_names
from notsock.values.errors import (
    ERROR_ACCESS_DENIED,
    ERROR_DIRECTORY,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
)

if TYPE_CHECKING:
    from notsock.executive.actors import Thread
    from notsock.kernel32.kernel32 import Kernel32

Image = Callable[[Process], "Thread"]
"""A program: starts the main thread of a process that is to run it."""
Main = Callable[[Any], None]

CURRENT_PROCESS = 0xFFFFFFFFFFFFFFFF
STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE = 0xFFFFFFF6, 0xFFFFFFF5, 0xFFFFFFF4
DETACHED_PROCESS, CREATE_NEW_CONSOLE, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW = 8, 0x10, 0x200, 0x8000000
CTRL_C_EVENT, CTRL_BREAK_EVENT = 0, 1
STATUS_CONTROL_C_EXIT = 0xC000013A
"""The exit code of a process that Ctrl-C or Ctrl-Break ended."""
_CONSOLE_HANDLES = (0x54, 0x58, 0x5C)
"""Of a process's start-up, before the table that programs see (conjectured; no program depends on it)."""


class ProcessInformation(NamedTuple):
    """PROCESS_INFORMATION: both handles are the caller's to close."""

    process: int
    thread: int
    process_id: int
    thread_id: int


class ProcessCalls:
    """The calls of one process; :class:`notsock.kernel32.kernel32.Kernel32` offers them as its own."""

    def __init__(self, kernel32: "Kernel32") -> None:
        self._kernel32 = kernel32
        self.process = kernel32.process
        self.executive = kernel32.executive
        self.manager = kernel32.manager

    def _fail(self, call: int, code: int, result: Any = None) -> Any:
        self.executive.current.last_error = code
        self.executive.leave(call, 0, code)
        return result

    def _done(self, call: int, result: int = 1) -> int:
        self.executive.leave(call, result)
        return result

    # ---- creating ------------------------------------------------------------------------------------------------

    @overload
    def CreateProcess(
        self, application: str, command: Main, inherit_handles: bool = False
    ) -> tuple[int, int]: ...

    @overload
    def CreateProcess(
        self,
        application: str | None,
        command: str | None,
        inherit_handles: bool = False,
        flags: int = 0,
        environment: Mapping[str, str] | None = None,
        directory: str | None = None,
        startup: StartupInfo | None = None,
    ) -> ProcessInformation | None: ...

    def CreateProcess(  # noqa: N802
        self,
        application: str | None,
        command: str | Main | None,
        inherit_handles: bool = False,
        flags: int = 0,
        environment: Mapping[str, str] | None = None,
        directory: str | None = None,
        startup: StartupInfo | None = None,
    ) -> ProcessInformation | tuple[int, int] | None:
        """Start a process; return its handles and numbers, None on error.

        2: there is no such program; 87: the handle list names a handle that cannot be inherited, or comes without
        ``inherit_handles``; 267: no such folder.  ``environment`` is a block of its own, None the caller's.

        A scenario may give a function in place of a command line: it runs as the main thread's ``main(api)``, and
        what is returned is (the process's handle, its process id).
        """
        if callable(command):
            assert application is not None
            return self._create_from_function(application, command, inherit_handles)
        startup = startup or StartupInfo()
        found = self._image(application, command)
        self.executive.enter(Call.CREATEPROCESS, inherit_handles, flags)
        code = ERROR_FILE_NOT_FOUND if found is None else self._refusal(inherit_handles, directory, startup)
        if code or found is None:
            return self._fail(Call.CREATEPROCESS, code)  # type: ignore[no-any-return]
        path, image = found
        process = self.process
        child = process.machine.create_process(_name_of(path), process)
        child.startup.command_line = f'"{path}"' if command is None else command
        child.startup.image = path
        child.environment = dict(process.environment if environment is None else environment)
        child.directory = process.directory if directory is None else directory
        self._give_console(child, flags)
        if inherit_handles:
            self.manager.inherit(process, child, startup.handle_list)
        self._give_standard_handles(child, inherit_handles, startup)
        child.crt.begin()
        thread = image(child)
        information = ProcessInformation(
            self.manager.open(process, child),
            self.manager.open(process, thread.object),
            child.process_id,
            thread.ident,
        )
        self._done(Call.CREATEPROCESS, information.process)
        return information

    def _create_from_function(self, name: str, main: Main, inherit_handles: bool) -> tuple[int, int]:
        self.executive.enter(Call.CREATEPROCESS)
        child = self.process.machine.create_process(name, self.process)
        child.environment = dict(self.process.environment)
        child.directory = self.process.directory
        child.console = self.process.console
        if inherit_handles:
            self.manager.inherit(self.process, child)
        child.machine.start_main(child, main)
        handle = self.manager.open(self.process, child)
        return self._done(Call.CREATEPROCESS, handle), child.process_id

    def _image(self, application: str | None, command: str | None) -> tuple[str, Image] | None:
        """Return a program and the name under which it was found; refuses, by name, what cannot be simulated."""
        names = [application] if application is not None else list(program_names(command or ""))
        for name in names:
            image = self.process.machine.image(name)
            if image is not None:
                return name, image
        return None

    def _refusal(self, inherit_handles: bool, directory: str | None, startup: StartupInfo) -> int:
        files = self.process.machine.files
        if directory is not None and files is not None and not files.is_directory(directory):
            return ERROR_DIRECTORY
        if startup.handle_list is None:
            return 0
        inheritable = self.process.table.inheritable
        if not inherit_handles or not startup.handle_list or not inheritable.issuperset(startup.handle_list):
            return ERROR_INVALID_PARAMETER
        return 0

    def _give_console(self, child: Process, flags: int) -> None:
        child.console = self.process.console
        if flags & DETACHED_PROCESS:
            child.console = 0
        elif flags & (CREATE_NEW_CONSOLE | CREATE_NO_WINDOW):
            child.console = self.executive.number("console") + 1
        child.group = child.process_id if flags & CREATE_NEW_PROCESS_GROUP else self.process.group

    def _give_standard_handles(self, child: Process, inherit: bool, startup: StartupInfo) -> None:
        """Set a child's standard handles.

        Those that its creator names, or else the creator's own: the same numbers where handles are inherited,
        duplicates where they are not (as kernel32 makes them for a program of the same console).
        """
        child.startup.descriptors = dict(startup.descriptors)
        own = self.process.startup.standard
        if startup.flags & STARTF_USESTDHANDLES:
            child.startup.standard = startup.handles
        elif child.console != self.process.console:
            child.startup.standard = (None, None, None) if child.console else (0, 0, 0)
        elif inherit:
            child.startup.standard = own
        else:
            child.startup.standard = tuple(self._handed_on(child, handle) for handle in own)

    def _handed_on(self, child: Process, handle: int | None) -> int | None:
        table = self.process.table
        if handle not in table.objects:
            return handle
        assert handle is not None
        inheritable = handle in table.inheritable
        copy: int = self.manager.duplicate(
            self.process, handle, child, inheritable, Origin.DUPLICATED, Call.CREATEPROCESS
        )
        return copy

    # ---- what a process has --------------------------------------------------------------------------------------

    def GetCurrentProcessId(self) -> int:  # noqa: N802
        """Return this process's number."""
        return self.process.process_id

    def GetCurrentProcess(self) -> int:  # noqa: N802
        """Return the pseudo handle that means this process."""
        return CURRENT_PROCESS

    def GetCommandLine(self) -> str:  # noqa: N802
        """Return what this process was started with."""
        return self.process.startup.command_line

    def GetStdHandle(self, which: int) -> int | None:  # noqa: N802
        """Return a standard handle (0 where the process has none); None and 6 for a number that names none."""
        stream = _stream_of(which)
        if stream is None:
            self.executive.current.last_error = ERROR_INVALID_HANDLE
            return None
        return self.standard_handle(stream)

    def standard_handle(self, stream: int) -> int:
        """Return the handle of input, output or error; one to the console is made when it is first asked for."""
        process = self.process
        handle = process.startup.standard[stream]
        if handle is None:
            if not process.console:
                return 0
            handle = _CONSOLE_HANDLES[stream]
            thing = ConsoleStream(self.manager.ident(), stream)
            self.manager.created(thing, process)
            self.manager.place(process, handle, thing, Origin.SYSTEM)
            self._set_standard(stream, handle)
        return handle

    def SetStdHandle(self, which: int, handle: int) -> bool:  # noqa: N802
        """Set what GetStdHandle returns from now on."""
        stream = _stream_of(which)
        if stream is None:
            self.executive.current.last_error = ERROR_INVALID_HANDLE
            return False
        self._set_standard(stream, handle)
        return True

    def _set_standard(self, stream: int, handle: int) -> None:
        standard = list(self.process.startup.standard)
        standard[stream] = handle
        self.process.startup.standard = tuple(standard)

    def GetEnvironmentVariable(self, name: str) -> str | None:  # noqa: N802
        """Return a variable of the environment; names are in upper case inside."""
        return self.process.environment.get(name.upper())

    def SetEnvironmentVariable(self, name: str, value: str | None) -> bool:  # noqa: N802
        """Set a variable, or (None) remove it."""
        if value is None:
            self.process.environment.pop(name.upper(), None)
        else:
            self.process.environment[name.upper()] = value
        return True

    # ---- other processes -----------------------------------------------------------------------------------------

    def _process(self, handle: int, call: int) -> Process | None:
        return self._kernel32._process(handle, call)

    def OpenProcess(self, process_id: int, access: int = 0, inherit: bool = False) -> int:  # noqa: N802
        """Return a handle to a process of this machine; 0 and 87 when there is none of that number."""
        del access
        call = Call.OPENPROCESS
        self.executive.enter(call, process_id)
        found = self.process.machine.process_of(process_id)
        if found is None or not (found.alive or found.handles):
            return int(self._fail(call, ERROR_INVALID_PARAMETER, 0))
        return self._done(call, self.manager.open(self.process, found, Origin.CREATED, inherit))

    def GetProcessId(self, handle: int) -> int:  # noqa: N802
        """Return the number of the process that a handle means; 0 on error."""
        found = self._process(handle, Call.NONE)
        return found.process_id if found is not None else 0

    def GetExitCodeProcess(self, handle: int) -> int | None:  # noqa: N802
        """Return a process's exit code, 259 while it runs; None when the handle is no process."""
        call = Call.GETEXITCODEPROCESS
        self.executive.enter(call, handle)
        found = self._process(handle, call)
        if found is None:
            self._fail(call, ERROR_INVALID_HANDLE)
            return None
        self._done(call, found.exit_code)
        return found.exit_code

    def TerminateProcess(self, handle: int, code: int = 1) -> bool:  # noqa: N802
        """End a process at once; its connections are reset.  False and 5 when it has ended already."""
        call = Call.TERMINATEPROCESS
        self.executive.enter(call, handle, code & 0x7FFFFFFF)
        found = self._process(handle, call)
        if found is None or not found.alive:
            return bool(self._fail(call, ERROR_INVALID_HANDLE if found is None else ERROR_ACCESS_DENIED, False))
        if found is self.process:
            self._end(code)
        found.machine.end_process(found, code)
        return bool(self._done(call))

    def ExitProcess(self, code: int = 0) -> None:  # noqa: N802
        """End this process and all its threads."""
        self.executive.enter(Call.EXITPROCESS, code & 0x7FFFFFFF)
        self._end(code)

    def _end(self, code: int) -> None:
        self.process.machine.end_process(self.process, code)
        self.executive.fall_silent()
        raise Killed

    # ---- the console ---------------------------------------------------------------------------------------------

    def GenerateConsoleCtrlEvent(self, event: int, group: int) -> bool:  # noqa: N802
        """Raise Ctrl-C (0) or Ctrl-Break (1) in a process group of this console; 0 means all its processes.

        False and 87 where the console has no such group.  Ctrl-C reaches no group but 0: a process that begins one
        ignores it (CREATE_NEW_PROCESS_GROUP).
        """
        call = Call.GENERATECONSOLECTRLEVENT
        executive = self.executive
        executive.enter(call, event, group)
        machine, console_of = self.process.machine, self.process.console
        there = [one for one in machine.processes if one.alive and one.console == console_of and console_of]
        wanted = [one for one in there if not group or group in (one.group, one.process_id)]
        if not wanted or event not in (CTRL_C_EVENT, CTRL_BREAK_EVENT):
            return bool(self._fail(call, ERROR_INVALID_PARAMETER, False))
        for target in wanted:
            if event == CTRL_BREAK_EVENT or not target.group:
                _deliver(target, event)
        self._done(call)
        return True


def _deliver(target: Process, event: int) -> None:
    """Have a thread of a process's own handle a console event: by its handler, or by ending it."""

    def body(_thread: "Thread") -> None:
        if target.on_control is None or not target.on_control(event):
            target.kernel32.ExitProcess(STATUS_CONTROL_C_EXIT)

    thread = target.machine.start_thread(target, body)
    if target.threads:
        thread.space = target.threads[0].space


def _stream_of(which: int) -> int | None:
    number = which & 0xFFFFFFFF
    if number not in (STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE):
        return None
    return (STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE).index(number)


def _name_of(path: str) -> str:
    """Return a program's file name without its folder and ``.exe``."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name[:-4] if name.lower().endswith(".exe") else name

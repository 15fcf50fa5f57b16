"""Writes a play as a scenario: a program in Windows' own calls that ``notsock check`` can search.

Threads that have to hand a number on do so through an event each, made before anything else; otherwise nothing holds
them in any order, for the trace does not say what did.  ``MENDED`` leaves the fault out.
"""

from collections.abc import Iterator
from textwrap import indent, wrap

from notsock.readers.bridge.finding_file import FindingFileError, TracedFinding
from notsock.readers.bridge.play import Item, Play, Step, play_of
from notsock.report.escaping import escaped
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import Origin

FOUND_AS = {
    "inherited-listener": ("leaked-duplicate",),
    "shared-port": ("two-owners",),
    "stale-use": ("use-after-close", "stale-close"),
    "closed-twice": ("closed-twice", "stale-close"),
    "use-after-close": ("use-after-close",),
    "stale-close": ("stale-close", "closed-twice"),
    "closed-through-alias": ("closed-through-alias", "stale-close"),
    "stale-context": ("stale-context",),
    "leaked-duplicate": ("leaked-duplicate",),
    "half-closed-pile": ("half-closed-pile",),
}
"""By rule of the trace: the rules under which the same fault is found on a simulated Windows, the first one first."""
_WITH_PEERS = frozenset({"leaked-duplicate", "half-closed-pile"})
"""Rules that matter only while there is somebody at the other end."""
_SENDS = frozenset({Call.SEND, Call.WSASEND, Call.SENDTO, Call.LINUX_WRITE, Call.LINUX_WRITEV, Call.LINUX_SENDTO,
                    Call.LINUX_SENDMSG, Call.LINUX_SENDFILE})  # fmt: skip
_RECEIVES = frozenset({Call.RECV, Call.WSARECV, Call.RECVFROM, Call.LINUX_READ, Call.LINUX_READV, Call.LINUX_RECVFROM,
                       Call.LINUX_RECVMSG})  # fmt: skip
_FORKS = frozenset({Call.LINUX_CLONE, Call.LINUX_CLONE3, Call.LINUX_FORK, Call.LINUX_VFORK, Call.CREATEPROCESS})
FIRST_PORT = 5000
LONG_MS = 20_000
"""Virtual milliseconds that a process lives on which does nothing more."""


def write(finding: TracedFinding, *, mended: bool) -> str:
    """Return the text of a scenario; raise :class:`FindingFileError` where Windows has nothing like the fault."""
    if finding.rule not in FOUND_AS:
        raise FindingFileError(f"a finding of {finding.rule} has no counterpart on a simulated Windows")
    play = play_of(finding)
    if not any(step.about or step.opens for step in play.steps):
        raise FindingFileError("the finding's excerpt has no call that could be written as a program")
    opened = {item.name for step in play.steps for item in step.opens}
    for step in play.steps:
        if step.about is not None and step.about.name not in opened:
            raise FindingFileError(f"the finding's excerpt does not say which call opened {step.about.name}")
    return _Writer(play, finding.title, mended=mended).text()


class _Writer:
    def __init__(self, play: Play, title: str, *, mended: bool) -> None:
        self.play = play
        self.title = title
        self.mended = mended
        self.shared = self._shared()
        self.children = [process for process in play.processes if play.parents.get(process, 0)]
        self.closes_listener = play.rule == "inherited-listener" and not any(step.closes for step in play.steps)
        self.ports: dict[int, int] = {}
        self.begun = {item.object for step in play.steps for item in step.opens if step.call is Call.BEGINTHREAD}

    def _shared(self) -> list[str]:
        """Return the variables that another thread than their opener names."""
        names = [
            step.about.name for step in self.play.steps if step.about is not None and step.about.opener != step.thread
        ]
        return list(dict.fromkeys(names))

    # ---- the whole --------------------------------------------------------------------------------------------------

    def text(self) -> str:
        bodies = [self._process(process) for process in reversed(self.play.processes) if self._acts(process)]
        peers = [self._peer(target) for target in self.ports]
        roots = [process for process in self.play.processes if process not in self.children and self._acts(process)]
        starts = [f'machine.process("{_word(self.play.processes[each])}").thread(process_{each})' for each in roots]
        starts += [f'machine.process("peer{target}").thread(peer_{target})' for target in self.ports]
        head = wrap(f"What was traced, as a program: {escaped(self.title)}.".replace('"', "'").replace("\\", "/"), 110)
        lines = [
            f'"""{head[0]}',
            *head[1:],
            "",
            "Written by notsock explain.  Each call has the line of the log behind it; what held the threads in order",
            "is not known, so here nothing does.  MENDED leaves the fault out.",
            '"""',
            "",
            f"MENDED = {self.mended}",
            "AF_INET, SOCK_STREAM, SOCK_DGRAM = 2, 1, 2",
            "SOL_SOCKET, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE = 0xFFFF, 4, -5",
            "THIS_PROCESS = -1",
            "YES = (1).to_bytes(4, 'little')",
            "",
            "",
            "def scenario(system):",
            "    machine = system.machine()",
            "    number = {}  # what each handle is, by the object it is a handle to",
            "    ready = {}  # events: a number is known",
            "",
        ]
        return "\n".join([*lines, *(indent("\n".join([*body, ""]), "    ") for body in (*bodies, *peers)),
                          *(f"    {start}" for start in starts)]) + "\n"  # fmt: skip

    def _acts(self, process: int) -> bool:
        holds = any(item.process == process for step in self.play.steps for item in step.opens)
        return holds or any(self.play.threads.get(step.thread) == process for step in self.play.steps)

    def _process(self, process: int) -> list[str]:
        """Return the functions of one process: its threads, and the one that starts them."""
        threads = [
            thread for thread, where in self.play.threads.items()
            if where == process and any(step.thread == thread for step in self.play.steps)
        ]  # fmt: skip
        first = min(threads, key=self._first_step, default=0)
        own = set(self.play.own.values())
        lines = []
        for thread in threads:
            if thread != first:
                body = self._body(thread)
                lines += [f"def thread_{thread}(api):", "    ws, kernel32, crt = api.ws2_32, api.kernel32, api.crt",
                          *(f"    {line}" for line in body), ""]  # fmt: skip
        lines += [f"def process_{process}(api):", "    ws, kernel32, crt = api.ws2_32, api.kernel32, api.crt",
                  "    ws.WSAStartup(0x0202)"]  # fmt: skip
        mine = [name for name in self.shared if self._owner(name) == process]
        lines += [f'    ready["{name}"] = kernel32.CreateEvent(True)' for name in mine]
        lines += [
            f"    kernel32.CreateThread(thread_{thread}, api)"
            for thread in threads
            if thread != first and not (thread in own and self._is_begun(thread))
        ]
        lines += [f'    child, child_id = kernel32.CreateProcess("{_word(self.play.processes[each])}", process_{each})'
                  for each in self._early_children(process)]  # fmt: skip
        lines += [f"    {line}" for line in self._taken(process)]
        lines += [f"    {line}" for line in self._body(first)]
        if self.closes_listener and process not in self.children:
            opened = (item for step in self.play.steps for item in step.opens)
            held = next((item for item in opened if item.object in self.play.listening), None)
            if held is not None:
                lines.append(f'    ws.closesocket(number["{held.name}"])  # at some time')
        if not threads or process in self.children or self.closes_listener or self.play.rule in _WITH_PEERS:
            lines.append(f"    kernel32.Sleep({LONG_MS if process in self.children else LONG_MS * 2})")
        return lines

    def _taken(self, process: int) -> list[str]:
        """Return how a mended child takes, and gives back, what another process has sent it."""
        sent = any(
            item.process == process and item.origin is Origin.IMPORTED and self.play.threads.get(item.opener) != process
            for step in self.play.steps for item in step.opens
        )  # fmt: skip
        if not sent:
            return []
        return ["if MENDED:", '    while "info" not in number:', "        kernel32.Sleep(10)",
                '    ws.closesocket(ws.WSASocket(AF_INET, SOCK_STREAM, 0, number["info"]))']  # fmt: skip

    def _first_step(self, thread: int) -> int:
        return next(place for place, step in enumerate(self.play.steps) if step.thread == thread)

    def _owner(self, name: str) -> int:
        return next(item.process for step in self.play.steps for item in step.opens if item.name == name)

    def _is_begun(self, thread: int) -> bool:
        return any(self.play.own.get(target) == thread for target in self.begun)

    def _early_children(self, process: int) -> list[int]:
        """Return children of which the excerpt has no start: they have to be there before anything is passed on."""
        started = {item.process for step in self.play.steps if step.call in _FORKS for item in step.opens}
        return [
            child for child in self.children
            if self.play.parents[child] == process and child not in started and self._acts(child)
        ]  # fmt: skip

    def _body(self, thread: int) -> list[str]:
        lines: list[str] = []
        known: set[str] = set()
        for step in self.play.steps:
            if step.thread != thread:
                continue
            about = step.about
            if about is not None and about.opener != thread and about.name in self.shared and about.name not in known:
                known.add(about.name)
                lines.append(f'kernel32.WaitForSingleObject(ready["{about.name}"])')
            calls = list(self._calls(step)) or (["pass"] if step.fault else [])
            if step.fault:
                lines += ["if not MENDED:  # the fault", *(f"    {call}" for call in calls)]
                lines[-1] += f"  # {_comment(step)}"
                if self.play.rule == "stale-context" and about is not None:
                    lines.append(f'if MENDED: ws.closesocket(number["{about.name}"])')
            elif calls:
                calls[-1] += f"  # {_comment(step)}"
                lines += calls
            lines += [f'kernel32.SetEvent(ready["{item.name}"])' for item in step.opens if item.name in self.shared]
        return lines or ["pass"]

    # ---- one call ---------------------------------------------------------------------------------------------------

    def _calls(self, step: Step) -> Iterator[str]:
        """Yield the statements for one call of the trace."""
        call, about = step.call, step.about
        if call in _FORKS:
            yield from self._starts(step)
        elif call is Call.WSADUPLICATESOCKET and about is not None:
            yield f'number["info"] = ws.WSADuplicateSocket(number["{about.name}"], child_id)'
        elif call is Call.OPEN_OSFHANDLE and about is not None:
            yield f'number["fd{step.descriptor}"] = crt._open_osfhandle(number["{about.name}"], 0)'
        elif call is Call.CRT_CLOSE:
            yield f'crt._close(number["fd{step.descriptor}"])'
        elif call is Call.ENDTHREAD:
            yield "pass  # the end of the thread closes its handle"
        elif step.opens:
            for item in step.opens:
                yield from self._opens(step, item)
        elif about is not None:
            yield from self._uses(step, about)

    def _starts(self, step: Step) -> Iterator[str]:
        for child in dict.fromkeys(item.process for item in step.opens if item.origin is Origin.INHERITED):
            inherit = "not MENDED" if self.play.rule in ("leaked-duplicate", "inherited-listener") else "True"
            name = _word(self.play.processes.get(child, "child"))
            yield f'child, child_id = kernel32.CreateProcess("{name}", process_{child}, {inherit})'
        for item in step.opens:
            if item.origin is Origin.INHERITED:
                first = next(each for other in self.play.steps for each in other.opens if each.object == item.object)
                if first is not item:
                    yield f'number["{item.name}"] = number["{first.name}"]'

    def _opens(self, step: Step, item: Item) -> Iterator[str]:
        name = f'number["{item.name}"]'
        if item.kind == "thread":
            thread = self.play.own.get(item.object, 0)
            start = f"thread_{thread}, api" if thread else "lambda: None"
            maker = "crt._beginthread" if step.call is Call.BEGINTHREAD else "kernel32.CreateThread"
            yield f"{name} = {maker}({start})"
        elif item.origin is Origin.DUPLICATED and step.about is not None:
            yield f'{name} = kernel32.DuplicateHandle(THIS_PROCESS, number["{step.about.name}"], THIS_PROCESS)'
        elif item.kind not in ("endpoint", "descriptor"):
            yield f"{name} = kernel32.CreateEvent()"
        else:
            yield from self._socket(item, name)

    def _socket(self, item: Item, name: str) -> Iterator[str]:
        """Yield what makes a socket what it was, as far as the fault needs it."""
        target = item.object
        port, stream = self.play.claims.get(target, (0, True))
        made = f"{name} = ws.socket(AF_INET, {'SOCK_STREAM' if stream else 'SOCK_DGRAM'}, 0)"
        if self.play.rule in _WITH_PEERS and target not in self.play.listening and target in self.play.connected:
            port = self.ports[target] = FIRST_PORT + target
            yield "listener = ws.socket(AF_INET, SOCK_STREAM, 0)"
            yield f'ws.bind(listener, ("127.0.0.1", {port}))'
            yield "ws.listen(listener, 5)"
            yield f"{name}, _ = ws.accept(listener)"
            yield "ws.closesocket(listener)"
            return
        yield made
        if target in self.play.claims and (self.play.rule == "shared-port" or target in self.play.listening):
            if self.play.rule == "shared-port":
                yield f"ws.setsockopt({name}, SOL_SOCKET, SO_EXCLUSIVEADDRUSE if MENDED else SO_REUSEADDR, YES)"
            yield f'ws.bind({name}, ("127.0.0.1", {port or FIRST_PORT}))'
            if stream:
                yield f"ws.listen({name}, 5)"
            if self.play.rule == "shared-port":
                yield f"kernel32.Sleep({LONG_MS})"
        elif target in self.play.listening:
            yield f'ws.bind({name}, ("127.0.0.1", {FIRST_PORT}))'
            yield f"ws.listen({name}, 5)"

    def _uses(self, step: Step, about: Item) -> Iterator[str]:
        name, call = f'number["{about.name}"]', step.call
        socket = about.kind in ("endpoint", "descriptor")
        if step.closes or call in (Call.CLOSESOCKET, Call.CLOSEHANDLE, Call.LINUX_CLOSE):
            by_handle = call is Call.CLOSEHANDLE or (call is not Call.CLOSESOCKET and not socket)
            yield f"{'kernel32.CloseHandle' if by_handle else 'ws.closesocket'}({name})"
        elif call in _SENDS:
            yield f'ws.send({name}, b"x")'
        elif call in _RECEIVES:
            yield f"ws.recv({name}, 100)"
            if self.play.rule == "half-closed-pile":
                yield f"if MENDED: ws.closesocket({name})"
        elif call is Call.SETEVENT:
            yield f"kernel32.SetEvent({name})"
        elif call not in (Call.LINUX_EPOLL_CTL, Call.LISTEN, Call.BIND, Call.LINUX_LISTEN, Call.LINUX_BIND,
                          Call.WSADUPLICATESOCKET, Call.LINUX_EXECVE):  # fmt: skip
            yield f"ws.getsockname({name})"

    def _peer(self, target: int) -> list[str]:
        """Return the process at the other end of a connection."""
        closes = self.play.rule == "half-closed-pile"
        return [
            f"def peer_{target}(api):",
            "    ws = api.ws2_32",
            "    ws.WSAStartup(0x0202)",
            "    s = ws.socket(AF_INET, SOCK_STREAM, 0)",
            f'    while ws.connect(s, ("127.0.0.1", {self.ports[target]})):',
            "        api.kernel32.Sleep(10)",
            *([] if closes else ["    ws.recv(s, 100)"]),
            "    ws.closesocket(s)",
        ]


def _word(name: str) -> str:
    """Return a process's name as a plain word."""
    return "".join(c for c in name.partition("[")[0] if c.isalnum() or c in "-_.")[:40] or "program"


def _comment(step: Step) -> str:
    text = escaped(step.text).replace("\n", " ")
    return text[:70] or SPELLINGS[step.call]

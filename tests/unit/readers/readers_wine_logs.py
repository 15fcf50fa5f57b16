"""What the tests of Wine's logs write them with."""

import random

MODULES = (
    '1.000:0020:0024:trace:loaddll:build_module Loaded L"Z:\\\\app.exe" at 0000000140000000: native\n'
    '1.000:0020:0024:trace:loaddll:build_module Loaded L"C:\\\\ws2_32.dll" at 0000000370F70000: builtin\n'
    "1.000:0020:0024:Call msvcrt._initterm(14000e018,14000e028) ret=140001499\n"
)
THREAD = (
    "0024: new_thread( process=ffffffff, access=001fffff, flags=00000001, request_fd=13, objattr={} )\n"
    "0024: new_thread() = 0 { tid=0028, handle=0080 }\n"
)


def call(name, argument="", tid="0024", result="00000000", inside="", at="1.100", ret="140001000"):
    """A call of the program's, with what the wineserver does in the middle of it."""
    library = "msvcrt" if name.startswith("_") else "ws2_32" if name[0].islower() or "WSA" in name else "KERNEL32"
    return (
        f"{at}:0020:{tid}:Call {library}.{name}({argument}) ret={ret}\n{inside}"
        f"{at}:0020:{tid}:Ret  {library}.{name}() retval={result} ret={ret}\n"
    )


def opening(number, tid="0024"):
    """What the wineserver writes of a new socket."""
    afd = 'filename=L"\\\\Device\\\\Afd"'
    inside = f"{tid}: open_file_object( access=c0100000, attributes=00000002, {afd} )\n"
    return f"{inside}{tid}: open_file_object() = 0 {{ handle={number} }}\n"


def opened(number, tid="0024", name="socket"):
    return call(name, "00000002,00000001,00000000", tid, f"0000{number}", opening(number, tid))


def event(number, tid="0024"):
    return f"{tid}: create_event( access=001f0003 )\n{tid}: create_event() = 0 {{ handle={number} }}\n"


def server_close(number, tid="0024", found=True):
    return f"{tid}: close_handle( handle={number} )\n{tid}: close_handle() = {'0' if found else 'INVALID_HANDLE'}\n"


def closes(number, tid="0024", name="closesocket", inside=True, **options):
    server = server_close(number, tid) if inside else server_close(number, tid, found=False) if inside is None else ""
    return call(name, f"0000{number}", tid, inside=server, **options)


PROCESS_OF = {"0024": "0020", "0028": "0020", "0064": "0060"}
"""The threads of a drawn log, and their processes."""


class WineLife:
    """Threads of two processes under Wine that open, copy, close and use handles at random, many of them wrongly.

    Their calls overlap, each in the middle of the others'; what the wineserver answers is what it would at that line.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.taken = {"0020": set(), "0060": set()}
        self.now = 1.2

    def log(self, count):
        loaded = MODULES.replace(":0020:0024:", ":0060:0064:")
        lines = (MODULES + THREAD + loaded).strip().split("\n")
        running = {}
        while len(lines) < count:
            tid = self.chance.choice(list(PROCESS_OF))
            piece = next(running.get(tid, iter(())), None)
            if piece is None:
                running[tid] = self.life_of(tid)
            else:
                lines += piece.strip("\n").split("\n")
        return lines

    def life_of(self, tid):
        """Yield the pieces of one call of a thread, each as it is written."""
        chance, handles = self.chance, self.taken[PROCESS_OF[tid]]
        number = f"{chance.randrange(0x30, 0x54, 4):04x}"
        what = chance.choice(["open", "open", "close", "close", "close", "copy", "use", "descriptor", "_close"])
        if what == "open":
            called = "socket", "00000002,00000001,00000000", lambda: self.opens(tid, handles)
        elif what == "copy":
            called = "DuplicateHandle", f"ffffffffffffffff,0000{number}", lambda: self.copies(tid, handles, number)
        elif what == "close":
            name = chance.choice(["closesocket", "closesocket", "CloseHandle"])
            called = name, f"0000{number}", lambda: self.closes(tid, handles, number)
        elif what == "_close":
            called = "_close", "00000003", lambda: self.closes(tid, handles, number)
        elif what == "descriptor":
            called = "_open_osfhandle", f"0000{number},00000000", lambda: ("", "0003")
        else:
            name = chance.choice(["send", "recv", "bind", "listen"])
            called = name, f"0000{number},0021", lambda: self.uses(handles, number)
        yield from self.calling(tid, *called)

    def calling(self, tid, name, argument, inside):
        self.now += self.chance.random() * 0.1
        whole = call(name, argument, tid, "RESULT", at=f"{self.now:.3f}").replace(":0020:", f":{PROCESS_OF[tid]}:")
        begins, ends = whole.strip().split("\n")
        yield begins
        asked, result = inside()
        if asked:
            yield asked
        yield ends.replace("RESULT", (result or "0").rjust(8, "0"))

    def opens(self, tid, handles):
        number = self.takes(handles)
        if self.chance.random() < 0.2:
            return event(number, tid), number
        return opening(number, tid), number

    def takes(self, handles):
        number = next(each for each in (f"{place:04x}" for place in range(0x30, 0x4000, 4)) if each not in handles)
        handles.add(number)
        return number

    def copies(self, tid, handles, number):
        found = number in handles
        copy = self.takes(handles) if found else ""
        answer = f"0 {{ handle={copy} }}" if found else "INVALID_HANDLE"
        asked = f"src_process=ffffffff, src_handle={number}, dst_process=ffffffff, options=00000002"
        return f"{tid}: dup_handle( {asked} )\n{tid}: dup_handle() = {answer}", copy

    def closes(self, tid, handles, number):
        found = number in handles
        handles.discard(number)
        return server_close(number, tid, found=found), ""

    def uses(self, handles, number):
        return "", "0000" if number in handles else "ffffffff"

"""Which module a simulated process gets: shared with the host, re-executed, simulated, hidden, or fenced.

Everything that is not named here is re-executed from the installation, inside the process's own view.
"""

from enum import Enum

SHARED = frozenset(
    """
    __future__ _abc _ast _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp
    _codecs_kr _codecs_tw _collections _collections_abc _contextvars _csv _decimal _elementtree
    _frozen_importlib _frozen_importlib_external _functools _hashlib _heapq _imp _json _locale _lsprof _lzma
    _md5 _multibytecodec _opcode _opcode_metadata _operator _pickle _sha1 _sha2 _sha256 _sha3 _sha512 _sre
    _stat _statistics _string _struct _suggestions _symtable _sysconfig _tokenize _tracemalloc _typing
    _weakref _weakrefset _zoneinfo abc array ast audioop base64 binascii bisect bz2 cmath codecs collections
    collections.abc colorsys contextvars copy copyreg crypt dataclasses decimal dis enum fractions functools
    hashlib heapq hmac html html.entities html.parser inspect itertools json json.decoder json.encoder
    json.scanner keyword linecache lzma marshal math numbers opcode operator pyexpat pyexpat.errors
    pyexpat.model re re._casefix re._compiler re._constants re._parser reprlib sre_compile sre_constants
    sre_parse stat string stringprep struct symtable textwrap token tokenize types typing unicodedata zlib
    """.split()
) - {"_zoneinfo", "crypt"}
"""Taken from the host by reference: C modules that touch no system, and pure ones without state or streams."""

SHARED_PACKAGES = ("encodings",)
"""Packages of which every module is shared: the interpreter has one registry of codecs."""

HIDDEN = {
    "_queue": "blocks the real thread; queue has the same in Python",
    "_zoneinfo": "keeps one cache of zones for all processes",
}
"""C accelerators that would bypass the simulation; each has a twin in pure Python that then takes its place."""

ABSENT = frozenset(
    """
    _crypt _curses _curses_panel _dbm _gdbm _posixshmem _posixsubprocess _scproxy crypt fcntl grp nis
    ossaudiodev posix pwd readline resource spwd syslog termios
    """.split()
)
"""Not on Windows either: the program is told what Windows would tell it."""

FENCED = {
    "_interpchannels": "sub-interpreters leave the simulation",
    "_interpqueues": "sub-interpreters leave the simulation",
    "_interpreters": "sub-interpreters leave the simulation",
    "_sqlite3": "SQLite reads and writes real files",
    "_tkinter": "Tk has its own event loop",
    "winsound": "sound",
}
"""Would reach the real system, or Windows parts that do not exist here yet."""


class Take(Enum):
    """What a view does with a C extension of somebody else's."""

    SHARE = "one for all processes: the host's own"
    COPY = "a copy of the file for each process: C statics are not shared"
    HIDE = "not there: the package has the same in Python"
    FENCE = "refused, with the reason"


EXTENSIONS: dict[str, tuple[Take, str]] = {
    "cryptography": (Take.COPY, "caches Python classes in statics; of OpenSSL it uses no sockets"),
    "eventlet": (Take.FENCE, "it replaces sockets and threads with its own; plain threads or asyncio run"),
    "gevent": (Take.FENCE, "it replaces sockets and threads with its own; plain threads or asyncio run"),
    "greenlet": (Take.FENCE, "it switches stacks under the simulated threads; plain threads or asyncio run"),
    "grpc": (Take.FENCE, "it has its own sockets and threads in C; grpclib speaks the same in Python"),
    "numpy": (Take.SHARE, "refuses to be loaded twice, and holds nothing of the network"),
    "psutil": (Take.FENCE, "it asks the real machine for its processes and sockets"),
    "psycopg2": (Take.FENCE, "libpq has its own sockets in C; pg8000 runs"),
    "psycopg_binary": (Take.FENCE, "libpq has its own sockets in C; pg8000 runs"),
    "psycopg_c": (Take.FENCE, "libpq has its own sockets in C; pg8000 runs"),
    "MySQLdb": (Take.FENCE, "libmysqlclient has its own sockets in C; PyMySQL runs"),
    "pycurl": (Take.FENCE, "libcurl has its own sockets in C; requests, httpx and urllib run"),
    "pymssql": (Take.FENCE, "FreeTDS has its own sockets in C; python-tds runs"),
    "uvloop": (Take.FENCE, "it has its own sockets in C, and does not exist on Windows; asyncio's own loops run"),
    "zmq": (Take.FENCE, "libzmq has its own sockets and threads in C; plain sockets run"),
}  # fmt: skip
"""Third-party packages with C code, by their top-level names.

What is not named here is copied, unless its file asks the C library for sockets.
"""

SOCKET_CALLS = frozenset({"accept", "accept4", "connect", "getaddrinfo", "listen", "socket"})
"""What an extension that nobody named here must not want from the C library."""


def fence_text(name: str) -> str:
    """Return the one line that an import of a fenced module raises."""
    return f"notsock does not model {name} yet ({FENCED[name]})"


WINDOWS_ONLY = dict.fromkeys(
    "_win32sysloader pythoncom pythonwin pywin pywintypes win32api win32com win32con win32event win32evtlog win32file "
    "win32gui win32job win32net win32pipe win32process win32security win32service win32serviceutil winerror "
    "winioctlcon".split(),
    "part of pywin32, whose DLLs are Windows' own",
) | {"wmi": "it asks Windows' own COM services", "pywinpty": "it needs Windows' own consoles"}
"""Packages that are installed on Windows only, and why nothing stands in for them here."""


def windows_only_text(name: str) -> str:
    """Return the one line that an import of a package of Windows' own raises."""
    return f"No module named {name!r} ({WINDOWS_ONLY[name]}; notsock has nothing in its place)"


def take_of(name: str) -> Take:
    """Return what is done with the C extensions of a module's package."""
    found = EXTENSIONS.get(name.partition(".")[0])
    return found[0] if found is not None else Take.COPY


def is_named(name: str) -> bool:
    """Say whether somebody has looked at the C extensions of a module's package."""
    return name.partition(".")[0] in EXTENSIONS


def unknown_text(name: str) -> str:
    """Return the one line that an import of a C module of Python's own raises if it is not known here."""
    return f"notsock does not model {name} yet (a C extension could reach the real system)"


def extension_text(name: str) -> str:
    """Return the one line that an import of a fenced package raises."""
    package = name.partition(".")[0]
    return f"notsock does not run {package}: {EXTENSIONS[package][1]}"


def own_sockets_text(name: str, calls: frozenset[str]) -> str:
    """Return the one line that an import of an extension raises whose C code makes sockets."""
    asked = ", ".join(sorted(calls))
    return f"notsock does not run {name}: its C code asks the real system for {asked}; what is written in Python runs"


def foreign_text(name: str, file: str) -> str:
    """Return the one line that an import raises where only a file of another platform or Python is there."""
    return f"No module named {name!r} ({file} is there, which was built for another platform or another Python)"


def is_shared(name: str) -> bool:
    """Say whether every process takes this module from the host."""
    if name in SHARED:
        return True
    package = name.partition(".")[0]
    return package in SHARED_PACKAGES or (package in EXTENSIONS and EXTENSIONS[package][0] is Take.SHARE)

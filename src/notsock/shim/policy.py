"""Which module a simulated process gets: shared with the host, re-executed, simulated, hidden, or fenced.

Everything that is not named here is re-executed from the installation, inside the process's own view.
"""

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
    "_asyncio": "holds one running loop per real thread",
    "_datetime": "reads the real clock; the pure datetime asks the simulated time module",
    "_queue": "blocks the real thread; queue has the same in Python",
    "_uuid": "asks the real network card",
    "_warnings": "keeps one list of filters for all processes; warnings has the same in Python",
    "_zoneinfo": "needs the C datetime",
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
    "_ctypes": "ctypes calls arbitrary DLLs",
    "_interpchannels": "sub-interpreters leave the simulation",
    "_interpqueues": "sub-interpreters leave the simulation",
    "_interpreters": "sub-interpreters leave the simulation",
    "_multiprocessing": "multiprocessing starts real processes",
    "_sqlite3": "SQLite reads and writes real files",
    "_ssl": "TLS",
    "_tkinter": "Tk has its own event loop",
    "_winreg": "the registry",
    "_xxinterpchannels": "sub-interpreters leave the simulation",
    "_xxsubinterpreters": "sub-interpreters leave the simulation",
    "eventlet": "eventlet replaces sockets and threads with its own",
    "gevent": "gevent replaces sockets and threads with its own",
    "greenlet": "greenlet switches stacks under the simulated threads",
    "grpc": "grpc has its own sockets and threads in C; a pure-Python client of the same protocol runs",
    "httptools": "httptools is a C extension; uninstall it and h11 is used",
    "mmap": "memory-mapped files",
    "psycopg2": "libpq has its own sockets in C; pg8000 runs",
    "pycurl": "libcurl has its own sockets in C; http.client and urllib run",
    "uvloop": "uvloop has its own sockets in C; use asyncio's own loop",
    "winreg": "the registry",
    "winsound": "sound",
    "zmq": "libzmq has its own sockets and threads in C",
}
"""Would reach the real system, or Windows parts that do not exist here yet."""


def fence_text(name: str) -> str:
    """Return the one line that an import of a fenced module raises."""
    return f"notsock does not model {name} yet ({FENCED[name]})"


def extension_text(name: str) -> str:
    """Return the one line that an import of a third-party C extension raises."""
    return f"notsock does not model {name} yet (a C extension could reach the real system)"


def is_shared(name: str) -> bool:
    """Say whether every process takes this module from the host."""
    return name in SHARED or name.partition(".")[0] in SHARED_PACKAGES

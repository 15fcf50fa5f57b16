"""_ssl: the real OpenSSL over memory, driven by the simulated socket's calls.

CPython's C gives OpenSSL a real socket.  Here OpenSSL has two memory BIOs instead, and :class:`_SSLSocket` does
what its socket BIO does, call for call: five bytes of a record's header, then the record, never more, so that
``select`` and ``unwrap`` find in the socket what they would find on Windows; and one send for each record
written.  Waiting, time-outs and errors are those of ``_ssl.c`` (PySSL_select, PySSL_SetError).  asyncio's TLS
needs none of this: it hands OpenSSL memory BIOs itself.

Files (certificates, keys, a key log) are the simulated machine's.  Its certificate stores are empty, and OpenSSL's
own default paths do not exist there: as on Windows, SSL_CERT_FILE and SSL_CERT_DIR add to them.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any
from weakref import ref

from notsock.shim.here import here
from notsock.shim.key_log import log_file, log_of_run
from notsock.shim.openssl import OpenSslError, take_over
from notsock.shim.winerror import from_errno, from_winerror, timed_out
from notsock.values.errors import WSAEWOULDBLOCK

_HEADER = 5
"""Bytes of a record's header (RFC 8446 section 5.1): its type, two of its version, two of its length."""
_RECORD_MAX = 16384
"""Bytes of plain text in a record."""
_CIPHER_MAX = _RECORD_MAX + 2048
_TYPES = range(20, 25)
_EOF = 8
"""SSL_ERROR_EOF."""
_LINE = re.compile(r"\(_ssl\.c:(\d+)\)")
_TELLS_RESETS = sys.version_info >= (3, 12, 3) or (3, 11, 9) <= sys.version_info < (3, 12)
"""Earlier versions take a connection's error inside a read or write for its end (gh-115627)."""

_GONE = {
    "do_handshake": ("do_handshake", -59),
    "read": ("read", -82),
    "write": ("write", -72),
    "shutdown": ("read", 46),
}
"""Where ``_ssl.c`` reports that a method's socket is gone: lines from a method's report of OpenSSL's errors (measured,
3.11 to 3.13)."""
_HANDSHAKE_TIMED_OUT = -17
_DEFAULT_PATHS = (
    "SSL_CERT_FILE", "C:\\Program Files\\Common Files\\SSL/cert.pem",
    "SSL_CERT_DIR", "C:\\Program Files\\Common Files\\SSL/certs",
)  # fmt: skip
"""Those of python.org's builds."""


class _Connection:
    """What OpenSSL's socket BIO is to a real connection: reads and writes of whole records through Winsock."""

    __slots__ = ("head", "incoming", "left", "outgoing", "sending", "socket", "unsent")

    def __init__(self, sock: Any, incoming: Any, outgoing: Any) -> None:
        self.socket = ref(sock)
        self.incoming = incoming
        self.outgoing = outgoing
        self.head = b""
        self.left = 0
        self.unsent = b""
        self.sending = False
        """Whether a thread is at sending what is unsent, what others add meanwhile as well."""

    def take(self, data: bytes) -> bool:
        """Hand OpenSSL what was received; say whether it can make something of it: a record, or no TLS at all."""
        self.incoming.write(data)
        if self.left:
            self.left -= len(data)
            return not self.left
        self.head += data
        if len(self.head) < _HEADER:
            return False
        head, self.head = self.head, b""
        length = int.from_bytes(head[3:], "big")
        if head[0] not in _TYPES or head[1] != 3 or not 0 < length <= _CIPHER_MAX:
            return True
        self.left = length
        return False

    def wanted(self) -> int:
        """Return how many bytes OpenSSL would ask its socket for."""
        return self.left or _HEADER - len(self.head)


class _Call:
    """One call of a method: its socket, its time-out, and the words for its errors.

    ``wanted`` is what OpenSSL's last wish to read says.  No exception is kept: its frames would keep the socket.
    """

    __slots__ = ("deadline", "limit", "name", "owner", "sock", "wanted")

    def __init__(self, owner: "_SSLSocket", name: str) -> None:
        self.owner = owner
        self.name = name
        self.wanted: tuple[Any, ...] = ()
        sock = owner._connection.socket()
        if sock is None:
            raise owner._gone(name)
        self.sock = sock
        self.limit = sock._t
        self.deadline = here.executive.moment() + self.limit if self.limit else 0

    # ---- what is received ----------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Receive what OpenSSL needs to go on."""
        connection = self.owner._connection
        sock = self.sock
        while True:
            data = sock._ws.recv(sock._s, connection.wanted(), 0)
            if data:
                if connection.take(data):
                    return
            elif data is not None:
                connection.incoming.write_eof()
                return
            else:
                self.failed(writing=False)

    def flush(self) -> None:
        """Send what OpenSSL has written, one record after the other as it came."""
        connection = self.owner._connection
        if connection.outgoing.pending:
            connection.unsent += connection.outgoing.read()
        if connection.sending:
            return
        sock = self.sock
        connection.sending = True
        try:
            while connection.unsent:
                sent = sock._ws.send(sock._s, connection.unsent, 0)
                if sent < 0:
                    self.failed(writing=True)
                else:
                    connection.unsent = connection.unsent[sent:]
        finally:
            connection.sending = False

    def farewell(self) -> None:
        """Send the alert that goes with an error, if that can be done at once; it changes nothing about the error."""
        connection = self.owner._connection
        connection.unsent += connection.outgoing.read()
        if connection.unsent and not connection.sending:
            data, connection.unsent = connection.unsent, b""
            self.sock._ws.send(self.sock._s, data, 0)

    # ---- waiting and errors --------------------------------------------------------------------------------------

    def failed(self, *, writing: bool) -> None:
        """Wait, or raise, after a call of Winsock that failed; return when it is to be made again."""
        code = here.executive.current.last_error
        if code != WSAEWOULDBLOCK:
            raise self._lost(code)
        if not self.limit:
            raise self._would_block(writing=writing)
        self.wait(writing=writing)

    def wait(self, *, writing: bool) -> None:
        """Wait in select until the socket is ready, as PySSL_select does; raises when time is up."""
        sock = self.sock
        left = self.deadline - here.executive.moment()
        if left < 0:
            raise self._timed_out(writing=writing)
        number = sock._s
        if number == -1:
            raise self.owner._types.error("Underlying socket has been closed.")
        sets: Any = ([], [number], []) if writing else ([number], [], [])
        ready = sock._ws.select(*sets, left)
        if ready is not None and not ready[0] and not ready[1]:
            raise self._timed_out(writing=writing)

    def _timed_out(self, *, writing: bool) -> OSError:
        if self.name == "do_handshake":
            line = self.owner._types.line("do_handshake") + _HANDSHAKE_TIMED_OUT
            return timed_out(f"_ssl.c:{line}: The handshake operation timed out")
        what = ("write" if writing else "read") if self.name == "shutdown" else self.name
        return timed_out(f"The {what} operation timed out")

    def _would_block(self, *, writing: bool) -> BaseException:
        types = self.owner._types
        if not writing:
            return _filled(types.want_read(*self.wanted))
        text = f"The operation did not complete (write) (_ssl.c:{self.owner._types.line(self.name)})"
        return _filled(types.want_write(3, text))

    def _lost(self, code: int) -> BaseException:
        """Return the error for a connection that Winsock reports as broken."""
        if _TELLS_RESETS or self.name in ("do_handshake", "shutdown"):
            return from_winerror(code)
        text = f"EOF occurred in violation of protocol (_ssl.c:{self.owner._types.line(self.name)})"
        return _filled(self.owner._types.eof(_EOF, text))


class _SSLSocket:
    """``_ssl._SSLSocket`` for a socket: the real one over memory, and the calls that move its bytes."""

    __module__ = "_ssl"
    __slots__ = ("__weakref__", "_connection", "_real", "_types", "_written")

    def __init__(self, real: Any, connection: _Connection, types: "_Types") -> None:
        self._real = real
        self._connection = connection
        self._types = types
        self._written = 0

    def _drive(self, call: _Call, action: Callable[..., Any], *arguments: Any) -> Any:
        """Let OpenSSL act until it is content, moving bytes between it and the socket."""
        connection = self._connection
        while True:
            if connection.unsent:
                call.flush()
            try:
                answer = action(*arguments)
            except self._types.want_read as wanted:
                call.wanted = wanted.args
            except OSError:
                call.farewell()
                raise
            else:
                if connection.outgoing.pending:
                    self._answer(call)
                return answer
            call.flush()
            call.fill()

    @staticmethod
    def _answer(call: _Call) -> None:
        """Send what OpenSSL has to say to what it has read; that must not cost the program what was read."""
        try:
            call.flush()
        except OSError:
            if call.name != "read":
                raise

    def do_handshake(self) -> None:
        self._drive(_Call(self, "do_handshake"), self._real.do_handshake)

    def read(self, size: int, *buffer: Any) -> Any:
        return self._drive(_Call(self, "read"), self._real.read, size, *buffer)

    def write(self, data: Any, /) -> int:
        call = _Call(self, "write")
        payload = memoryview(data).cast("B")
        if call.limit:
            call.wait(writing=True)
        size = len(payload)
        done = self._written  # by an earlier try, which could not send all of it
        if done:
            call.flush()
            self._written = 0
            if done > size:
                text = f"[SSL: BAD_LENGTH] bad length (_ssl.c:{self._types.line('write')})"
                raise _filled(self._types.error(1, text))
            if done == size:
                return size
        while True:
            done += self._drive_write(call, payload[done : done + _RECORD_MAX], done)
            if done >= size:
                return size

    def _drive_write(self, call: _Call, record: Any, done: int) -> int:
        """Write one record; keep in mind how far we are when the socket cannot take it."""
        connection = self._connection
        while True:
            if connection.unsent:
                call.flush()
            try:
                count: int = self._real.write(record)
            except self._types.want_read as wanted:  # the handshake is still to be done
                call.wanted = wanted.args
            except OSError:
                call.farewell()
                raise
            else:
                try:
                    call.flush()
                except self._types.want_write:
                    self._written = done + count
                    raise
                return count
            call.flush()
            call.fill()

    def shutdown(self) -> Any:
        call = _Call(self, "shutdown")
        self._drive(call, self._real.shutdown)
        return call.sock

    def verify_client_post_handshake(self) -> None:
        self._real.verify_client_post_handshake()

    # ---- what the real one knows -----------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        """Ask the real one: everything else about a connection is its."""
        return getattr(self._real, name)

    @property
    def context(self) -> Any:
        return self._real.context

    @context.setter
    def context(self, value: Any) -> None:
        self._real.context = value

    @property
    def owner(self) -> Any:
        return self._real.owner

    @owner.setter
    def owner(self, value: Any) -> None:
        self._real.owner = value

    @property
    def session(self) -> Any:
        return self._real.session

    @session.setter
    def session(self, value: Any) -> None:
        self._real.session = value

    # ---- errors of the socket's own ------------------------------------------------------------------------------

    def _gone(self, name: str) -> BaseException:
        near, lines = _GONE[name]
        line = self._types.line(near) + lines
        return _filled(self._types.error(0, f"Underlying socket connection gone (_ssl.c:{line})"))


def _filled(error: Any) -> BaseException:
    """Give an error the two attributes that all of ``_ssl``'s have."""
    error.reason = error.library = None
    assert isinstance(error, BaseException)
    return error


class _Types:
    """The real module's exceptions, and where in ``_ssl.c`` it reports what OpenSSL says."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.error: Any = real.SSLError
        self.eof: Any = real.SSLEOFError
        self.want_read: Any = real.SSLWantReadError
        self.want_write: Any = real.SSLWantWriteError
        self._lines: dict[str, int] = {}

    def line(self, name: str) -> int:
        """Return the line at which a method of the real ``_SSLSocket`` reports errors: it says so in each."""
        if name not in self._lines:
            context = self.real._SSLContext(self.real.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            idle = context._wrap_bio(self.real.MemoryBIO(), self.real.MemoryBIO(), False, None)
            arguments: dict[str, tuple[Any, ...]] = {"read": (1,), "write": (b"x",)}
            try:
                getattr(idle, name)(*arguments.get(name, ()))
            except self.want_read as error:
                found = _LINE.search(str(error))
                self._lines[name] = int(found[1]) if found else 0
        return self._lines[name]


# ---- contexts ------------------------------------------------------------------------------------------------------


@contextmanager
def _real_file(view: Any, path: Any) -> Iterator[Any]:
    """Give OpenSSL a file of the simulated machine by a path of the real one, which lives as long as the block."""
    if path is None or not isinstance(path, (str, bytes, os.PathLike)):
        yield path  # the real method says what is wrong with it
        return
    contents = view.disk.open(view.absolute(path), 0)
    if isinstance(contents, int):
        raise from_errno(contents)
    memory = os.memfd_create("file")
    try:
        os.write(memory, contents.read(0, contents.size()))
        yield f"/proc/self/fd/{memory}"
    finally:
        os.close(memory)


@cache
def _classes(real: ModuleType) -> dict[str, Any]:
    """Return what takes the place of the real module's names, the same for all views."""
    types = _Types(real)
    base: Any = real._SSLContext

    log_slot = base.keylog_filename

    class _SSLContext(base):  # type: ignore[misc]
        __module__ = "_ssl"
        __slots__ = ("_key_log", "_key_path")
        _key_log: Any
        _key_path: Any

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            self = super().__new__(cls, *arguments, **named)
            self._key_log = self._key_path = None
            return self

        @property
        def keylog_filename(self) -> Any:
            return self._key_path

        @keylog_filename.setter
        def keylog_filename(self, path: Any) -> None:
            view = here.view
            log = log_file(view.disk, view.absolute(path), path) if path is not None else None
            self._write_keys_to(log)
            self._key_path = path
            if log is not None and view.process is not None:
                view.process.machine.system.key_logs.append(log)

        def _write_keys_to(self, log: Any) -> None:
            if log is not self._key_log:
                log_slot.__set__(self, log.path if log is not None else None)
                self._key_log = log

        def _wrap_bio(self, *arguments: Any, **named: Any) -> Any:
            if self._key_path is None:
                self._write_keys_to(log_of_run(here.view.process.machine.system))
            return super()._wrap_bio(*arguments, **named)

        def _wrap_socket(
            self,
            sock: Any,
            server_side: Any,
            server_hostname: Any = None,
            *,
            owner: Any = None,
            session: Any = None,
        ) -> _SSLSocket:
            socket_type = here.view.modules["_socket"].socket
            if not isinstance(sock, socket_type):
                raise TypeError(f"_wrap_socket() argument 'sock' must be _socket.socket, not {type(sock).__name__}")
            incoming, outgoing = real.MemoryBIO(), real.MemoryBIO()
            inner = self._wrap_bio(
                incoming, outgoing, server_side, server_hostname, owner=owner, session=session
            )
            return _SSLSocket(inner, _Connection(sock, incoming, outgoing), types)

        def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
            with _real_file(here.view, certfile) as certificates, _real_file(here.view, keyfile) as key:
                super().load_cert_chain(certificates, key, password)

        def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
            if isinstance(capath, (str, bytes, os.PathLike)):
                capath = here.view.absolute(capath)
            with _real_file(here.view, cafile) as certificates:
                super().load_verify_locations(certificates, capath, cadata)

        def load_dh_params(self, path: Any, /) -> None:
            with _real_file(here.view, path) as parameters:
                super().load_dh_params(parameters)

        def set_default_verify_paths(self) -> None:
            environment = here.view.modules["os"].environ
            for name, kind in (("SSL_CERT_FILE", "cafile"), ("SSL_CERT_DIR", "capath")):
                if environment.get(name):
                    try:
                        self.load_verify_locations(**{kind: environment[name]})
                    except OSError:
                        continue  # as OpenSSL, which looks when it needs a certificate

    return {"_SSLContext": _SSLContext, "_SSLSocket": _SSLSocket}


def build(view: Any) -> dict[str, Any]:
    real = view.from_host("_ssl")
    if real is None:
        raise ImportError("No module named '_ssl'", name="_ssl")
    try:
        take_over(getattr(real, "__file__", None))
    except OpenSslError as error:
        raise ImportError(str(error), name="_ssl") from None

    def enum_certificates(store_name: str) -> list[Any]:
        return _store(store_name)

    def enum_crls(store_name: str) -> list[Any]:
        return _store(store_name)

    def _test_decode_cert(path: Any, /) -> Any:
        with _real_file(view, path) as certificate:
            return real._test_decode_cert(certificate)

    names = {name: value for name, value in vars(real).items() if not name.startswith("__")}
    return {
        **names,
        **_classes(real),
        "enum_certificates": enum_certificates,
        "enum_crls": enum_crls,
        "get_default_verify_paths": lambda: _DEFAULT_PATHS,
        "_test_decode_cert": _test_decode_cert,
    }


def _store(name: str) -> list[Any]:
    """Return a certificate store's contents: this machine trusts nobody yet."""
    if not isinstance(name, str):
        raise TypeError(f"enum_certificates() argument 'store_name' must be str, not {type(name).__name__}")
    if not name:
        raise from_winerror(87)
    return []

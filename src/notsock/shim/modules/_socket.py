"""_socket: CPython's socket type over the simulated ws2_32, call for call as ``socketmodule.c`` makes them.

Each method makes the Winsock calls that CPython makes on Windows and no others, so that a trace of a Python
program reads like one of the real interpreter.  A socket with a time-out is non-blocking inside and waits in
``select``, as there.  Methods never call each other through ``self``: subclasses override them.
"""

import _socket as real
import operator
import os
import sys
from typing import Any

from notsock.shim.here import here
from notsock.shim.looks import note, note_number
from notsock.shim.modules._socket_constants import CONSTANTS, PROTOCOLS
from notsock.shim.seconds import nanoseconds
from notsock.shim.winerror import TWINS, from_winerror, timed_out
from notsock.values.addresses import AF_INET, AF_INET6, canonical
from notsock.values.durations import SECOND
from notsock.values.errors import WSAEISCONN, WSAENOTSOCK, WSAEWOULDBLOCK
from notsock.values.looks import At
from notsock.winsock.names import SERVICES
from notsock.winsock.protocol_info import ProtocolInfo

_OVERLAPPED, _NO_INHERIT = 1, 0x80
_FIONBIO = 0x8004667E
_SOL_SOCKET, _SO_ERROR, _SO_TYPE = 0xFFFF, 0x1007, 0x1008
_INHERIT_FLAG = 1
_FLOWINFO_MAX = 0xFFFFF
_SIO_RCVALL, _SIO_KEEPALIVE_VALS, _SIO_LOOPBACK_FAST_PATH = 0x98000001, 0x98000004, 0x98000010
_INTERFACES = {1: "loopback_0", 2: "ethernet_32768"}
_STREAM = 1
_OSError: Any = TWINS[OSError]


class gaierror(_OSError):  # type: ignore[misc]
    __module__ = "socket"


class herror(_OSError):  # type: ignore[misc]
    __module__ = "socket"


def _error() -> OSError:
    """Return what set_error() raises: the thread's last Winsock error."""
    return from_winerror(here.executive.current.last_error)


def _bytes(data: Any) -> bytes:
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(data).__name__!r}") from None


socket_bytes = _bytes


def _resolve(ws: Any, host: Any, family: int) -> str:
    """Return a numeric address, as setipaddr() does."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii")
    elif not isinstance(host, str):
        raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")
    if not host:
        return "0.0.0.0" if family == AF_INET else "::"  # noqa: S104 - an address in a simulation
    if host == "<broadcast>" and family == AF_INET:
        return "255.255.255.255"
    spelled = canonical(host, family)
    if spelled is not None:
        return spelled
    found = ws.getaddrinfo(_ascii(host), None, family, 0, 0, 0)
    if isinstance(found, int):
        raise gaierror(found, "getaddrinfo failed")
    return found[0][4][0]


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _address(sock: Any, address: Any, call: str) -> tuple[Any, ...]:
    """Check an address and resolve its host, as getsockaddrarg() does."""
    family = sock._family
    if family == AF_INET:
        if not isinstance(address, tuple):
            raise TypeError(f"{call}(): AF_INET address must be tuple, not {type(address).__name__}")
        if len(address) != 2:
            raise TypeError(f"{call}(): AF_INET address must be a pair (host, port)")
        host, port = address
        _check_port(port, call)
        return _resolve(sock._ws, host, AF_INET), port
    if family == AF_INET6:
        if not isinstance(address, tuple):
            raise TypeError(f"{call}(): AF_INET6 address must be tuple, not {type(address).__name__}")
        if not 2 <= len(address) <= 4:
            raise TypeError(f"{call}(): AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        _check_port(address[1], call)
        if len(address) > 2:
            _check_flowinfo(address[2], call)
        return (_resolve(sock._ws, address[0], AF_INET6), *address[1:])
    raise OSError(f"{call}(): bad family")


def _c_int(value: Any) -> int:
    """Return an argument that C takes as an int."""
    number = operator.index(value)
    if not -(1 << 31) <= number < 1 << 31:
        raise OverflowError("Python int too large to convert to C int")
    return number


def _check_flowinfo(flowinfo: Any, call: str) -> None:
    if not 0 <= operator.index(flowinfo) <= _FLOWINFO_MAX:
        raise OverflowError(f"{call}(): flowinfo must be 0-1048575.")


def _check_port(port: Any, call: str) -> None:
    if not isinstance(port, int):
        raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
    if not 0 <= port <= 65535:
        raise OverflowError(f"{call}(): port must be 0-65535.")


class socket:
    """``_socket.socket``."""

    __module__ = "_socket"
    __slots__ = ("_family", "_proto", "_s", "_t", "_type", "_ws")

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        self = object.__new__(cls)
        self._s = -1
        self._t = None
        self._family = self._type = self._proto = 0
        return self

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None) -> None:
        view = here.view
        ws = self._ws = view.winsock()
        if fileno is None:
            family = AF_INET if family == -1 else int(family)
            type = _STREAM if type == -1 else int(type)
            proto = 0 if proto == -1 else int(proto)
            number = ws.WSASocket(family, type, proto, None, _OVERLAPPED | _NO_INHERIT)
            if number == -1:
                raise _error()
        elif isinstance(fileno, bytes):
            number, family, type, proto = _import(view, ws, fileno)
        else:
            number, family, type, proto = _adopt(ws, fileno, family, type, proto)
        self._s = number
        self._family, self._type, self._proto = int(family), int(type), int(proto)
        default = view.place["default_timeout"]
        self._t = default
        if default is not None and ws.ioctlsocket(number, _FIONBIO, 1) is None:
            raise _error()

    def __del__(self) -> None:
        number = self._s
        if number != -1 and not here.executive.over:
            if self._ws.process.alive and self._ws.executive is here.executive:
                here.view.warn_unclosed(self)
                self._s = -1
                self._ws.closesocket(number)
            self._s = -1

    def __repr__(self) -> str:
        return f"<socket object, fd={self._s}, family={self._family}, type={self._type}, proto={self._proto}>"

    @property
    def family(self) -> int:
        return self._family

    @property
    def type(self) -> int:
        return self._type

    @property
    def proto(self) -> int:
        return self._proto

    @property
    def timeout(self) -> float | None:
        return None if self._t is None else self._t / SECOND

    # ---- data --------------------------------------------------------------------------------------------------

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        if bufsize.__class__ is not int:
            bufsize = operator.index(bufsize)
        if bufsize > 0 and not self._t:
            data = self._ws.recv(self._s, bufsize, flags)
            if data is not None:
                return data
            raise _error()
        return _receive(self, bufsize, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        size = operator.index(nbytes) or len(view)
        if size < 0:
            raise ValueError("negative buffersize in recv_into")
        if size > len(view):
            raise ValueError("buffer too small for requested bytes")
        if not self._t and size:
            data = self._ws.recv(self._s, size, flags)
            if data is None:
                raise _error()
        else:
            data = _receive(self, size, flags)
        count = len(data)
        view[:count] = data
        return count

    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, Any]:
        bufsize = operator.index(bufsize)
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        return _timed(self, False, lambda: self._ws.recvfrom(self._s, bufsize, flags))

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        view = memoryview(buffer).cast("B")
        size = operator.index(nbytes) or len(view)
        if size < 0:
            raise ValueError("negative buffersize in recvfrom_into")
        if size > len(view):
            raise ValueError("nbytes is greater than the length of the buffer")
        data, address = _timed(self, False, lambda: self._ws.recvfrom(self._s, size, flags))
        view[: len(data)] = data
        return len(data), address

    def send(self, data: Any, flags: int = 0, /) -> int:
        if data.__class__ is not bytes:
            data = _bytes(data)
        if not self._t:
            sent = self._ws.send(self._s, data, flags)
            if sent >= 0:
                return sent
            raise _error()
        return _timed(self, True, lambda: _number(self._ws.send(self._s, data, flags)))

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if data.__class__ is not bytes:
            data = _bytes(data)
        if not self._t:
            sent = self._ws.send(self._s, data, flags)
            if sent == len(data):
                return
            if sent < 0:
                raise _error()
            data = data[sent:]
        _send_rest(self, data, flags)

    def sendto(self, *arguments: Any) -> int:
        if len(arguments) not in (2, 3):
            raise TypeError(f"sendto() takes 2 or 3 arguments ({len(arguments)} given)")
        data, address = arguments[0], arguments[-1]
        payload = _bytes(data)
        flags = operator.index(arguments[1]) if len(arguments) == 3 else 0
        where = _address(self, address, "sendto")
        return _timed(
            self, True, lambda: _number(self._ws.sendto(self._s, payload, flags, where))
        )

    # ---- connections ---------------------------------------------------------------------------------------------

    def bind(self, address: Any, /) -> None:
        if self._ws.bind(self._s, _address(self, address, "bind")) < 0:
            raise _error()

    def listen(self, backlog: int = 128, /) -> None:
        if self._ws.listen(self._s, max(_c_int(backlog), 0)) < 0:
            raise _error()

    def _accept(self) -> tuple[int, Any]:
        if self._t:
            number, address = _timed(self, False, lambda: _accepted(self._ws.accept(self._s)))
        else:
            number, address = self._ws.accept(self._s)
            if number == -1:
                raise _error()
        here.view.kernel32.SetHandleInformation(number, _INHERIT_FLAG, 0)
        return number, address

    def connect(self, address: Any, /) -> None:
        where = _address(self, address, "connect")
        if self._ws.connect(self._s, where) < 0:
            code = here.executive.current.last_error
            if not self._t or code != WSAEWOULDBLOCK:
                raise from_winerror(code)
            code = _await_connect(self)
            if code == -1:
                raise timed_out()
            if code:
                raise from_winerror(code)

    def connect_ex(self, address: Any, /) -> int:
        where = _address(self, address, "connect_ex")
        if self._ws.connect(self._s, where) == 0:
            return 0
        code = here.executive.current.last_error
        if not self._t or code != WSAEWOULDBLOCK:
            return int(code)
        code = _await_connect(self)
        return WSAEWOULDBLOCK if code == -1 else code

    def shutdown(self, how: int, /) -> None:
        if self._ws.shutdown(self._s, _c_int(how)) < 0:
            raise _error()

    def close(self) -> None:
        number = self._s
        if number == -1:
            note(At.ANYTHING)
        else:
            self._s = -1
            if self._ws.closesocket(number) < 0:
                raise _error()

    def detach(self) -> int:
        number, self._s = self._s, -1
        if number != -1:
            note(At.HANDLE, number, changes=True)
        else:
            note(At.ANYTHING)
        return number

    def fileno(self) -> int:
        note_number(self._s)
        return self._s

    def getsockname(self) -> Any:
        address = self._ws.getsockname(self._s)
        if address is None:
            raise _error()
        return address

    def getpeername(self) -> Any:
        address = self._ws.getpeername(self._s)
        if address is None:
            raise _error()
        return address

    # ---- time-outs and options -----------------------------------------------------------------------------------

    def settimeout(self, timeout: float | None, /) -> None:
        if timeout is None:
            limit = None
        else:
            limit = nanoseconds(timeout)
            if limit < 0:
                raise ValueError("Timeout value out of range")
        self._t = limit
        if self._ws.ioctlsocket(self._s, _FIONBIO, int(limit is not None)) is None:
            raise _error()

    def gettimeout(self) -> float | None:
        return None if self._t is None else self._t / SECOND

    def setblocking(self, flag: bool, /) -> None:
        self._t = None if flag else 0
        if self._ws.ioctlsocket(self._s, _FIONBIO, int(not flag)) is None:
            raise _error()

    def getblocking(self) -> bool:
        return self._t is None or self._t > 0

    def setsockopt(self, level: int, option: int, value: Any, optlen: int | None = None, /) -> None:
        if value is None:
            value = bytes(optlen or 0)
        elif isinstance(value, int):
            value = (value & 0xFFFFFFFF).to_bytes(4, "little")
        else:
            value = _bytes(value)
        if self._ws.setsockopt(self._s, level, option, value) < 0:
            raise _error()

    def getsockopt(self, level: int, option: int, buflen: int = 0, /) -> Any:
        if not 0 <= buflen <= 1024:
            raise OSError("getsockopt buflen out of range")
        value = self._ws.getsockopt(self._s, level, option, buflen or 4)
        if value is None:
            raise _error()
        return value if buflen else int.from_bytes(value, "little", signed=True)

    def ioctl(self, code: int, option: Any, /) -> int:
        if code in (_SIO_RCVALL, _SIO_LOOPBACK_FAST_PATH):
            option = operator.index(option)
        elif code == _SIO_KEEPALIVE_VALS:
            option = tuple(map(operator.index, option))
        else:
            raise ValueError(f"invalid ioctl command {code & 0xFFFFFFFF}")
        if self._ws.WSAIoctl(self._s, code, option) < 0:
            raise _error()
        return 0

    def share(self, process_id: int, /) -> bytes:
        info = self._ws.WSADuplicateSocket(self._s, process_id)
        if info is None:
            raise _error()
        return info.to_bytes()


# ---- what several methods need ---------------------------------------------------------------------------------


def _import(view: Any, ws: Any, data: bytes) -> tuple[int, int, int, int]:
    """Open what ``share`` described."""
    if len(data) != ProtocolInfo.SIZE:
        raise ValueError(f"socket descriptor string has wrong size, should be {ProtocolInfo.SIZE} bytes.")
    info = ProtocolInfo.from_bytes(data)
    if info is None:
        raise from_winerror(10022)
    number = ws.WSASocket(-1, -1, -1, info, _OVERLAPPED)
    if number == -1:
        raise _error()
    view.kernel32.SetHandleInformation(number, _INHERIT_FLAG, 0)
    return number, info.family, info.type, info.protocol


def _adopt(ws: Any, fileno: Any, family: int, type: int, proto: int) -> tuple[int, int, int, int]:
    """Take over a socket by its number, asking Winsock what was not said."""
    if isinstance(fileno, float):
        raise TypeError("integer argument expected, got float")
    number = operator.index(fileno)
    if number < 0:
        raise ValueError("negative file descriptor")
    name = ws.getsockname(number)
    if name is None:
        code = here.executive.current.last_error
        if family == -1 or code == WSAENOTSOCK:
            raise from_winerror(code)
    elif family == -1:
        family = AF_INET if len(name) == 2 else AF_INET6
    if type == -1:
        value = ws.getsockopt(number, _SOL_SOCKET, _SO_TYPE, 4)
        if value is None:
            raise _error()
        type = int.from_bytes(value, "little")
    return number, family, type, 0 if proto == -1 else proto


def _number(answer: int) -> int | None:
    return None if answer < 0 else answer


def _accepted(answer: tuple[int, Any]) -> tuple[int, Any] | None:
    return None if answer[0] == -1 else answer


def _timed(sock: Any, writing: bool, action: Any, limit: int | None = -1) -> Any:
    """Do what sock_call_impl() does: wait in select if there is a time-out, act, raise the last error.

    ``limit`` is the socket's own time-out unless given.
    """
    if limit == -1:
        limit = sock._t
    if not limit:
        answer = action()
        if answer is None:
            raise _error()
        return answer
    executive = here.executive
    deadline = executive.moment() + limit
    number = sock._s
    sets: Any = ([], [number], []) if writing else ([number], [], [])
    while True:
        left = deadline - executive.moment()
        if left < 0:
            raise timed_out()
        ready = sock._ws.select(*sets, left)
        if ready is None:
            raise _error()
        if not ready[0] and not ready[1]:
            raise timed_out()
        answer = action()
        if answer is not None:
            return answer
        if executive.current.last_error != WSAEWOULDBLOCK:
            raise _error()


def _receive(sock: Any, size: int, flags: int) -> bytes:
    if size < 0:
        raise ValueError("negative buffersize in recv")
    if size == 0:
        return b""
    return _timed(sock, False, lambda: sock._ws.recv(sock._s, size, flags))


def _send_rest(sock: Any, data: bytes, flags: int) -> None:
    """Send all that is left; a time-out holds for the whole."""
    executive = here.executive
    limit = sock._t
    deadline = executive.moment() + limit if limit else 0
    left = limit
    while data:
        if limit:
            left = deadline - executive.moment()
            if left <= 0:
                raise timed_out()
        sent = _timed(sock, True, lambda: _number(sock._ws.send(sock._s, data, flags)), left)  # noqa: B023
        data = data[sent:]


def _await_connect(sock: Any) -> int:
    """Wait for a connection that is under way; return 0, its Winsock error, or -1 when time is up."""
    number = sock._s
    ready = sock._ws.select([], [number], [number], sock._t)
    if ready is None:
        return int(here.executive.current.last_error)
    if not ready[1] and not ready[2]:
        return -1
    value = sock._ws.getsockopt(number, _SOL_SOCKET, _SO_ERROR, 4)
    if value is None:
        return int(here.executive.current.last_error)
    code = int.from_bytes(value, "little")
    return 0 if code == WSAEISCONN else code


# ---- the module's functions --------------------------------------------------------------------------------------


def _names(view: Any) -> dict[str, Any]:
    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:  # fmt: skip
        if isinstance(host, bytes):
            host = host.decode("ascii")
        elif host is not None and not isinstance(host, str):
            raise TypeError("getaddrinfo() argument 1 must be string or None")
        if isinstance(port, str):
            port = port.encode()
        elif port is not None and not isinstance(port, (int, bytes)):
            raise OSError("Int or String expected")
        name = None if host is None else _ascii(host)
        found = view.winsock().getaddrinfo(name, port, int(family), int(type), proto, flags)
        if isinstance(found, int):
            raise gaierror(found, "getaddrinfo failed")
        return list(found)

    def gethostbyname(name: str, /) -> str:
        return _resolve(view.winsock(), name, AF_INET)

    def gethostbyname_ex(name: str, /) -> tuple[str, list[str], list[str]]:
        address = gethostbyname(name)
        return name, [], [address]

    def gethostbyaddr(name: str, /) -> tuple[str, list[str], list[str]]:
        ws = view.winsock()
        found = getaddrinfo(name, None)
        address = found[0][4]
        answer = ws.getnameinfo(address, CONSTANTS["NI_NAMEREQD"])
        if isinstance(answer, int):
            raise herror(answer, "host not found")
        return answer[0], [], [address[0]]

    def getnameinfo(address: Any, flags: int, /) -> tuple[str, str]:
        if not isinstance(address, tuple):
            raise TypeError("getnameinfo() argument 1 must be a tuple")
        host, port, *more = address
        if more:
            _check_flowinfo(more[0], "getnameinfo")
        ws = view.winsock()
        found = ws.getaddrinfo(host, port, 0, 2, 0, CONSTANTS["AI_NUMERICHOST"])
        if isinstance(found, int):
            raise gaierror(found, "getaddrinfo failed")
        where = found[0][4]
        if len(more) > 1 and len(where) == 4:
            where = (*where[:3], more[1])
        answer = ws.getnameinfo(where, flags)
        if isinstance(answer, int):
            raise gaierror(answer, "getnameinfo failed")
        return answer

    def getservbyname(name: str, protocol: str = "tcp", /) -> int:
        if name not in SERVICES or protocol not in ("tcp", "udp"):
            raise OSError("service/proto not found")
        return SERVICES[name]

    def getservbyport(port: int, protocol: str = "tcp", /) -> str:
        if not 0 <= port <= 65535:
            raise OverflowError("getservbyport: port must be 0-65535.")
        for name, number in SERVICES.items():
            if number == port:
                return name
        raise OSError("port/proto not found")

    def getprotobyname(name: str, /) -> int:
        if name not in PROTOCOLS:
            raise OSError("protocol not found")
        return PROTOCOLS[name]

    def if_nametoindex(name: str, /) -> int:
        spelled = os.fsdecode(name)
        for index, known in _INTERFACES.items():
            if known == spelled:
                return index
        raise OSError("no interface with this name")

    def if_indextoname(index: int, /) -> str:
        number = operator.index(index)
        if not 0 <= number < 1 << 32:
            raise OverflowError("Python int too large to convert to C unsigned long")
        if number not in _INTERFACES:
            raise from_winerror(87)
        return _INTERFACES[number]

    return {
        "getaddrinfo": getaddrinfo,
        "gethostbyname": gethostbyname,
        "gethostbyname_ex": gethostbyname_ex,
        "gethostbyaddr": gethostbyaddr,
        "gethostname": lambda: view.winsock().gethostname(),
        "getnameinfo": getnameinfo,
        "getservbyname": getservbyname,
        "getservbyport": getservbyport,
        "getprotobyname": getprotobyname,
        "if_nameindex": lambda: list(_INTERFACES.items()),
        "if_nametoindex": if_nametoindex,
        "if_indextoname": if_indextoname,
    }


def _host_family(family: int) -> int:
    return {AF_INET: int(real.AF_INET), AF_INET6: int(real.AF_INET6)}.get(family, -1)


def build(view: Any) -> dict[str, Any]:
    def close(fd: int, /) -> None:
        if view.winsock().closesocket(operator.index(fd)) < 0:
            raise _error()

    def dup(fd: int, /) -> int:
        ws = view.winsock()
        info = ws.WSADuplicateSocket(fd, view.process.process_id)
        if info is None:
            raise _error()
        number = ws.WSASocket(-1, -1, -1, info, _OVERLAPPED)
        if number == -1:
            raise _error()
        view.kernel32.SetHandleInformation(number, _INHERIT_FLAG, 0)
        return int(number)

    def getdefaulttimeout() -> float | None:
        limit = view.place["default_timeout"]
        return None if limit is None else limit / SECOND

    def setdefaulttimeout(timeout: float | None, /) -> None:
        limit = None if timeout is None else nanoseconds(timeout)
        if limit is not None and limit < 0:
            raise ValueError("Timeout value out of range")
        view.place["default_timeout"] = limit

    namespace = {
        **CONSTANTS,
        **_names(view),
        "socket": socket,
        "SocketType": socket,
        "error": OSError,
        "timeout": TimeoutError,
        "gaierror": gaierror,
        "herror": herror,
        "has_ipv6": True,
        "close": close,
        "dup": dup,
        "getdefaulttimeout": getdefaulttimeout,
        "setdefaulttimeout": setdefaulttimeout,
        "htonl": real.htonl,
        "htons": real.htons,
        "ntohl": real.ntohl,
        "ntohs": real.ntohs,
        "inet_aton": real.inet_aton,
        "inet_ntoa": real.inet_ntoa,
        "inet_pton": lambda family, text: real.inet_pton(_host_family(family), text),
        "inet_ntop": lambda family, packed: real.inet_ntop(_host_family(family), packed),
    }
    if sys.version_info < (3, 12):
        del namespace["AF_HYPERV"]
    return namespace

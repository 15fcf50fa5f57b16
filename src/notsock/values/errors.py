"""Winsock, Win32 and C-runtime error codes, their Windows texts, and how NTSTATUS values become them.

Codes and texts: Microsoft's "Windows Sockets Error Codes" and "System Error Codes".  The two lines on which
article Q155738 rests are in :data:`_WSA_OF_STATUS`: INVALID_HANDLE and OBJECT_TYPE_MISMATCH both reach a
program as 10038.
"""

from notsock.values import status

SOCKET_ERROR = -1
INVALID_SOCKET = -1

WSAEINTR = 10004
WSAEBADF = 10009
WSAEACCES = 10013
WSAEFAULT = 10014
WSAEINVAL = 10022
WSAEMFILE = 10024
WSAEWOULDBLOCK = 10035
WSAEINPROGRESS = 10036
WSAEALREADY = 10037
WSAENOTSOCK = 10038
WSAEDESTADDRREQ = 10039
WSAEMSGSIZE = 10040
WSAEPROTOTYPE = 10041
WSAENOPROTOOPT = 10042
WSAEPROTONOSUPPORT = 10043
WSAESOCKTNOSUPPORT = 10044
WSAEOPNOTSUPP = 10045
WSAEPFNOSUPPORT = 10046
WSAEAFNOSUPPORT = 10047
WSAEADDRINUSE = 10048
WSAEADDRNOTAVAIL = 10049
WSAENETDOWN = 10050
WSAENETUNREACH = 10051
WSAENETRESET = 10052
WSAECONNABORTED = 10053
WSAECONNRESET = 10054
WSAENOBUFS = 10055
WSAEISCONN = 10056
WSAENOTCONN = 10057
WSAESHUTDOWN = 10058
WSAETIMEDOUT = 10060
WSAECONNREFUSED = 10061
WSAEHOSTDOWN = 10064
WSAEHOSTUNREACH = 10065
WSAEPROCLIM = 10067
WSASYSNOTREADY = 10091
WSAVERNOTSUPPORTED = 10092
WSANOTINITIALISED = 10093
WSAHOST_NOT_FOUND = 11001
WSATRY_AGAIN = 11002
WSANO_DATA = 11004

ERROR_SUCCESS = 0
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_ACCESS_DENIED = 5
ERROR_INVALID_HANDLE = 6
ERROR_NOT_ENOUGH_MEMORY = 8
ERROR_HANDLE_EOF = 38
ERROR_NOT_SUPPORTED = 50
ERROR_NETNAME_DELETED = 64
ERROR_INVALID_PARAMETER = 87
ERROR_BROKEN_PIPE = 109
ERROR_SEM_TIMEOUT = 121
ERROR_ALREADY_EXISTS = 183
ERROR_BAD_PIPE = 230
ERROR_PIPE_BUSY = 231
ERROR_NO_DATA = 232
ERROR_MORE_DATA = 234
WAIT_TIMEOUT = 258
ERROR_DIRECTORY = 267
ERROR_NOT_OWNER = 288
ERROR_TOO_MANY_POSTS = 298
ERROR_PIPE_CONNECTED = 535
ERROR_PIPE_LISTENING = 536
ERROR_ABANDONED_WAIT_0 = 735
ERROR_OPERATION_ABORTED = 995
ERROR_IO_INCOMPLETE = 996
ERROR_IO_PENDING = 997
ERROR_NOT_FOUND = 1168
ERROR_CONNECTION_REFUSED = 1225
ERROR_GRACEFUL_DISCONNECT = 1226
ERROR_CONNECTION_INVALID = 1229
ERROR_NETWORK_UNREACHABLE = 1231
ERROR_HOST_UNREACHABLE = 1232
ERROR_PORT_UNREACHABLE = 1234
ERROR_CONNECTION_ABORTED = 1236
ERROR_NO_SYSTEM_RESOURCES = 1450

ENOENT = 2
EBADF = 9
EACCES = 13
EINVAL = 22
EMFILE = 24
EPIPE = 32

_WSA_OF_STATUS = {
    status.PENDING: ERROR_IO_PENDING,
    status.INVALID_HANDLE: WSAENOTSOCK,
    status.OBJECT_TYPE_MISMATCH: WSAENOTSOCK,
    status.INVALID_PARAMETER: WSAEINVAL,
    status.ACCESS_DENIED: WSAEACCES,
    status.SHARING_VIOLATION: WSAEADDRINUSE,
    status.ADDRESS_ALREADY_EXISTS: WSAEADDRINUSE,
    status.TOO_MANY_ADDRESSES: WSAENOBUFS,
    status.INSUFFICIENT_RESOURCES: WSAENOBUFS,
    status.DEVICE_NOT_READY: WSAEWOULDBLOCK,
    status.IO_TIMEOUT: WSAETIMEDOUT,
    status.TIMEOUT: WSAETIMEDOUT,
    status.NOT_SUPPORTED: WSAEOPNOTSUPP,
    status.INVALID_DEVICE_REQUEST: WSAEOPNOTSUPP,
    status.REMOTE_NOT_LISTENING: WSAECONNREFUSED,
    status.CONNECTION_REFUSED: WSAECONNREFUSED,
    status.CANCELLED: WSAEINTR,
    status.LOCAL_DISCONNECT: WSAECONNABORTED,
    status.REMOTE_DISCONNECT: WSAECONNRESET,
    status.CONNECTION_RESET: WSAECONNRESET,
    status.CONNECTION_ABORTED: WSAECONNABORTED,
    status.CONNECTION_DISCONNECTED: WSAECONNABORTED,
    status.KEEP_ALIVE_FAILED: WSAENETRESET,
    status.GRACEFUL_DISCONNECT: WSAESHUTDOWN,
    status.CONNECTION_INVALID: WSAENOTCONN,
    status.INVALID_CONNECTION: WSAENOTCONN,
    status.CONNECTION_ACTIVE: WSAEISCONN,
    status.NETWORK_UNREACHABLE: WSAENETUNREACH,
    status.HOST_UNREACHABLE: WSAEHOSTUNREACH,
    status.PORT_UNREACHABLE: WSAECONNRESET,
    status.INVALID_ADDRESS_COMPONENT: WSAEADDRNOTAVAIL,
    status.BUFFER_OVERFLOW: WSAEMSGSIZE,
    status.END_OF_FILE: WSAEDESTADDRREQ,
    status.PIPE_DISCONNECTED: WSAESHUTDOWN,
}

_WIN32_OF_STATUS = {
    status.SUCCESS: ERROR_SUCCESS,
    status.PENDING: ERROR_IO_INCOMPLETE,
    status.BUFFER_OVERFLOW: ERROR_MORE_DATA,
    status.NOT_FOUND: ERROR_NOT_FOUND,
    status.OBJECT_NAME_NOT_FOUND: ERROR_FILE_NOT_FOUND,
    status.INSTANCE_NOT_AVAILABLE: ERROR_PIPE_BUSY,
    status.PIPE_NOT_AVAILABLE: ERROR_PIPE_BUSY,
    status.INVALID_PIPE_STATE: ERROR_BAD_PIPE,
    status.PIPE_CLOSING: ERROR_NO_DATA,
    status.PIPE_CONNECTED: ERROR_PIPE_CONNECTED,
    status.PIPE_LISTENING: ERROR_PIPE_LISTENING,
    status.PIPE_BROKEN: ERROR_BROKEN_PIPE,
    status.INVALID_HANDLE: ERROR_INVALID_HANDLE,
    status.OBJECT_TYPE_MISMATCH: ERROR_INVALID_HANDLE,
    status.INVALID_PARAMETER: ERROR_INVALID_PARAMETER,
    status.ACCESS_DENIED: ERROR_ACCESS_DENIED,
    status.TIMEOUT: WAIT_TIMEOUT,
    status.NOT_SUPPORTED: ERROR_NOT_SUPPORTED,
    status.END_OF_FILE: ERROR_HANDLE_EOF,
    status.CANCELLED: ERROR_OPERATION_ABORTED,
    status.INSUFFICIENT_RESOURCES: ERROR_NO_SYSTEM_RESOURCES,
    status.CONNECTION_RESET: ERROR_NETNAME_DELETED,
    status.REMOTE_DISCONNECT: ERROR_NETNAME_DELETED,
    status.CONNECTION_ABORTED: ERROR_CONNECTION_ABORTED,
    status.LOCAL_DISCONNECT: ERROR_CONNECTION_ABORTED,
    status.CONNECTION_REFUSED: ERROR_CONNECTION_REFUSED,
    status.CONNECTION_INVALID: ERROR_CONNECTION_INVALID,
    status.INVALID_CONNECTION: ERROR_CONNECTION_INVALID,
    status.GRACEFUL_DISCONNECT: ERROR_GRACEFUL_DISCONNECT,
    status.NETWORK_UNREACHABLE: ERROR_NETWORK_UNREACHABLE,
    status.HOST_UNREACHABLE: ERROR_HOST_UNREACHABLE,
    status.PORT_UNREACHABLE: ERROR_PORT_UNREACHABLE,
    status.PIPE_DISCONNECTED: ERROR_BROKEN_PIPE,
    status.IO_TIMEOUT: ERROR_SEM_TIMEOUT,
}

_ERRNO_OF_WIN32 = {
    ERROR_FILE_NOT_FOUND: ENOENT,
    ERROR_PATH_NOT_FOUND: ENOENT,
    ERROR_ACCESS_DENIED: EACCES,
    ERROR_INVALID_HANDLE: EBADF,
    ERROR_BROKEN_PIPE: EPIPE,
    ERROR_NOT_SUPPORTED: EINVAL,
}
"""Of a pipe that nobody reads any more the runtime has no errno of its own: ERROR_NO_DATA becomes EINVAL."""

WSA_TEXTS = {
    WSAEINTR: "A blocking operation was interrupted by a call to WSACancelBlockingCall",
    WSAEBADF: "The file handle supplied is not valid",
    WSAEACCES: "An attempt was made to access a socket in a way forbidden by its access permissions",
    WSAEFAULT: "The system detected an invalid pointer address in attempting to use a pointer argument in a call",
    WSAEINVAL: "An invalid argument was supplied",
    WSAEMFILE: "Too many open sockets",
    WSAEWOULDBLOCK: "A non-blocking socket operation could not be completed immediately",
    WSAEINPROGRESS: "A blocking operation is currently executing",
    WSAEALREADY: "An operation was attempted on a non-blocking socket that already had an operation in progress",
    WSAENOTSOCK: "An operation was attempted on something that is not a socket",
    WSAEDESTADDRREQ: "A required address was omitted from an operation on a socket",
    WSAEMSGSIZE: (
        "A message sent on a datagram socket was larger than the internal message buffer or some other network "
        "limit, or the buffer used to receive a datagram into was smaller than the datagram itself"
    ),
    WSAEPROTOTYPE: (
        "A protocol was specified in the socket function call that does not support the semantics of the "
        "socket type requested"
    ),
    WSAENOPROTOOPT: (
        "An unknown, invalid, or unsupported option or level was specified in a getsockopt or setsockopt call"
    ),
    WSAEPROTONOSUPPORT: (
        "The requested protocol has not been configured into the system, or no implementation for it exists"
    ),
    WSAESOCKTNOSUPPORT: "The support for the specified socket type does not exist in this address family",
    WSAEOPNOTSUPP: "The attempted operation is not supported for the type of object referenced",
    WSAEPFNOSUPPORT: (
        "The protocol family has not been configured into the system or no implementation for it exists"
    ),
    WSAEAFNOSUPPORT: "An address incompatible with the requested protocol was used",
    WSAEADDRINUSE: "Only one usage of each socket address (protocol/network address/port) is normally permitted",
    WSAEADDRNOTAVAIL: "The requested address is not valid in its context",
    WSAENETDOWN: "A socket operation encountered a dead network",
    WSAENETUNREACH: "A socket operation was attempted to an unreachable network",
    WSAENETRESET: (
        "The connection has been broken due to keep-alive activity detecting a failure while the operation "
        "was in progress"
    ),
    WSAECONNABORTED: "An established connection was aborted by the software in your host machine",
    WSAECONNRESET: "An existing connection was forcibly closed by the remote host",
    WSAENOBUFS: (
        "An operation on a socket could not be performed because the system lacked sufficient buffer space or "
        "because a queue was full"
    ),
    WSAEISCONN: "A connect request was made on an already connected socket",
    WSAENOTCONN: (
        "A request to send or receive data was disallowed because the socket is not connected and (when "
        "sending on a datagram socket using a sendto call) no address was supplied"
    ),
    WSAESHUTDOWN: (
        "A request to send or receive data was disallowed because the socket had already been shut down in "
        "that direction with a previous shutdown call"
    ),
    WSAETIMEDOUT: (
        "A connection attempt failed because the connected party did not properly respond after a period of "
        "time, or established connection failed because connected host has failed to respond"
    ),
    WSAECONNREFUSED: "No connection could be made because the target machine actively refused it",
    WSAEHOSTDOWN: "A socket operation failed because the destination host was down",
    WSAEHOSTUNREACH: "A socket operation was attempted to an unreachable host",
    WSAEPROCLIM: (
        "A Windows Sockets implementation may have a limit on the number of applications that may use it "
        "simultaneously"
    ),
    WSANOTINITIALISED: "Either the application has not called WSAStartup, or WSAStartup failed",
    WSAHOST_NOT_FOUND: "No such host is known",
    WSATRY_AGAIN: (
        "This is usually a temporary error during hostname resolution and means that the local server did not "
        "receive a response from an authoritative server"
    ),
    WSANO_DATA: "The requested name is valid, but no data of the requested type was found",
}

WIN32_TEXTS = {
    ERROR_FILE_NOT_FOUND: "The system cannot find the file specified",
    ERROR_PATH_NOT_FOUND: "The system cannot find the path specified",
    ERROR_ACCESS_DENIED: "Access is denied",
    ERROR_INVALID_HANDLE: "The handle is invalid",
    ERROR_NOT_SUPPORTED: "The request is not supported",
    ERROR_NETNAME_DELETED: "The specified network name is no longer available",
    ERROR_INVALID_PARAMETER: "The parameter is incorrect",
    ERROR_BROKEN_PIPE: "The pipe has been ended",
    ERROR_SEM_TIMEOUT: "The semaphore timeout period has expired",
    ERROR_BAD_PIPE: "The pipe state is invalid",
    ERROR_PIPE_BUSY: "All pipe instances are busy",
    ERROR_NO_DATA: "The pipe is being closed",
    ERROR_ALREADY_EXISTS: "Cannot create a file when that file already exists",
    ERROR_DIRECTORY: "The directory name is invalid",
    ERROR_TOO_MANY_POSTS: "Too many posts were made to a semaphore",
    ERROR_MORE_DATA: "More data is available",
    ERROR_PIPE_CONNECTED: "There is a process on other end of the pipe",
    ERROR_PIPE_LISTENING: "Waiting for a process to open the other end of the pipe",
    ERROR_ABANDONED_WAIT_0: "The wait completed due to an abandoned wait",
    ERROR_IO_INCOMPLETE: "Overlapped I/O event is not in a signaled state",
    ERROR_IO_PENDING: "Overlapped I/O operation is in progress",
    ERROR_NOT_FOUND: "Element not found",
    ERROR_CONNECTION_REFUSED: "The remote computer refused the network connection",
    ERROR_GRACEFUL_DISCONNECT: "The network connection was gracefully closed",
    ERROR_CONNECTION_INVALID: "An operation was attempted on a nonexistent network connection",
    ERROR_NETWORK_UNREACHABLE: (
        "The network location cannot be reached. For information about network troubleshooting, see Windows Help"
    ),
    ERROR_HOST_UNREACHABLE: (
        "The network location cannot be reached. For information about network troubleshooting, see Windows Help"
    ),
    ERROR_PORT_UNREACHABLE: "No service is operating at the destination network endpoint on the remote system",
    WAIT_TIMEOUT: "The wait operation timed out",
    ERROR_OPERATION_ABORTED: (
        "The I/O operation has been aborted because of either a thread exit or an application request"
    ),
    ERROR_CONNECTION_ABORTED: "The network connection was aborted by the local system",
}

NAMES = {
    value: name
    for name, value in list(globals().items())
    if name.startswith(("WSA", "ERROR_", "WAIT_")) and isinstance(value, int)
}


def wsa_of_status(value: int) -> int:
    """Return the Winsock code of an NTSTATUS value (Q155738 for the two that mean "not a socket")."""
    return _WSA_OF_STATUS.get(value, WSAEINVAL)


def win32_of_status(value: int) -> int:
    """Return the Win32 code of an NTSTATUS value, as RtlNtStatusToDosError does."""
    return _WIN32_OF_STATUS.get(value, ERROR_INVALID_PARAMETER)


def errno_of_win32(code: int) -> int:
    """Return the C runtime's errno for a Win32 code, as _dosmaperr does; EINVAL for codes it does not know."""
    return _ERRNO_OF_WIN32.get(code, EINVAL)


def name_of(code: int) -> str:
    """Return the name of a Winsock or Win32 code, as in ``WSAENOTSOCK``; its number where it has none."""
    return NAMES.get(code, str(code))


def text_of(code: int) -> str:
    """Return the text that FormatMessage gives for a Winsock or Win32 code, without its full stop."""
    return WSA_TEXTS.get(code) or WIN32_TEXTS.get(code) or f"Windows Error 0x{code:x}"

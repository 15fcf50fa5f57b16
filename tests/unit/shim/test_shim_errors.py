"""OSError as CPython raises it on Windows."""

import builtins
import copy
import pickle

import pytest
from shim_runs import lines

from notsock.shim.winerror import errno_of, from_errno, from_winerror, timed_out


@pytest.mark.parametrize(
    ("code", "errno", "kind"),
    [
        (10004, 4, InterruptedError),
        (10009, 9, OSError),
        (10013, 13, PermissionError),
        (10014, 14, OSError),
        (10022, 22, OSError),
        (10024, 24, OSError),
        (10035, 10035, BlockingIOError),
        (10036, 10036, BlockingIOError),
        (10037, 10037, BlockingIOError),
        (10038, 10038, OSError),
        (10048, 10048, OSError),
        (10053, 10053, ConnectionAbortedError),
        (10054, 10054, ConnectionResetError),
        (10055, 10055, OSError),
        (10058, 10058, BrokenPipeError),
        (10060, 10060, TimeoutError),
        (10061, 10061, ConnectionRefusedError),
        (2, 2, FileNotFoundError),
        (5, 13, PermissionError),
        (6, 9, OSError),
        (109, 32, BrokenPipeError),
        (183, 17, FileExistsError),
        (87, 22, OSError),
        (64, 22, OSError),
    ],
)
def test_codes_become_the_classes_of_windows(code, errno, kind):
    error = from_winerror(code)
    assert (error.winerror, error.errno) == (code, errno)
    assert type(error).__mro__[1] is kind
    assert (type(error).__name__, type(error).__module__) == (kind.__name__, "builtins")
    assert errno_of(code) == errno


def test_texts_are_those_of_windows():
    error = from_winerror(10054)
    assert str(error) == "[WinError 10054] An existing connection was forcibly closed by the remote host"
    assert repr(error) == (
        "ConnectionResetError(10054, 'An existing connection was forcibly closed by the remote host')"
    )
    assert str(from_winerror(2, "x")) == "[WinError 2] The system cannot find the file specified: 'x'"
    assert str(from_errno(9)) == "[Errno 9] Bad file descriptor"
    assert from_errno(9).winerror is None
    assert (str(timed_out()), timed_out().winerror, timed_out().errno) == ("timed out", None, None)


def test_errors_can_be_copied_and_pickled():
    error = from_winerror(10061)
    assert isinstance(pickle.loads(pickle.dumps(error)), builtins.ConnectionRefusedError)
    assert copy.copy(error).errno == 10061


def test_a_program_sees_them():
    assert lines(
        """
        import errno, socket
        try: socket.create_connection(("127.0.0.1", 9))
        except ConnectionRefusedError as error: print(error, error.errno == errno.ECONNREFUSED == errno.WSAECONNREFUSED)
        s = socket.socket(); s.close()
        try: s.send(b"x")
        except OSError as error: print(error.winerror, error.errno == errno.ENOTSOCK)
        s = socket.socket(); s.settimeout(0.5); s.bind(("127.0.0.1", 0)); s.listen()
        try: s.accept()
        except socket.timeout as error: print(repr(error), isinstance(error, TimeoutError), error.winerror)
        s.setblocking(False)
        try: s.accept()
        except BlockingIOError as error: print(error.winerror)
        try: socket.getaddrinfo("nobody.example", 80)
        except socket.gaierror as error: print(repr(error), error)
        try: open("/no/such/file")
        except FileNotFoundError as error: print(error, error.winerror)
        print(errno.errorcode[10054], errno.EAGAIN, errno.EWOULDBLOCK)
        """
    ) == [
        "[WinError 10061] No connection could be made because the target machine actively refused it True",
        "10038 True",
        "TimeoutError('timed out') True None",
        "10035",
        "gaierror(11001, 'getaddrinfo failed') [Errno 11001] getaddrinfo failed",
        "[Errno 2] No such file or directory: '/no/such/file' None",
        "WSAECONNRESET 11 10035",
    ]

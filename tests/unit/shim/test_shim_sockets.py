"""The unmodified socket module over the simulated Winsock."""

from shim_runs import lines, run

from notsock.trace.calls import Call
from notsock.trace.events import Entered


def test_streams_between_processes():
    server = """
        import socket
        with socket.create_server(("", 5000)) as listener:
            connection, address = listener.accept()
            with connection:
                data = connection.recv(100)
                connection.sendall(data.upper())
                print(address[0], connection.getsockname()[1], connection.recv(1))
        """
    client = """
        import socket, time
        time.sleep(0.1)
        with socket.create_connection(("localhost", 5000), timeout=30) as s:
            s.send(bytearray(b"hello"))
            buffer = bytearray(10)
            print(s.recv_into(buffer), bytes(buffer[:5]), s.gettimeout())
        """
    said = run(server, client)
    assert said.errors == ""
    assert sorted(said.lines) == ["127.0.0.1 5000 b''", "5 b'HELLO' 30.0"]


def test_datagrams_and_their_errors():
    assert lines(
        """
        import socket
        a = socket.socket(type=socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0)); a.settimeout(0.5)
        b = socket.socket(type=socket.SOCK_DGRAM); b.connect(a.getsockname()); b.send(b"one"); b.send(b"x" * 100)
        data, where = a.recvfrom(100); print(data, where == b.getsockname())
        try: a.recv(10)
        except OSError as error: print(error.winerror)
        try: a.recvfrom(10)
        except TimeoutError as error: print(error)
        buffer = bytearray(20); a.sendto(b"back", b.getsockname()); print(b.recvfrom_into(buffer)[0])
        """
    ) == ["b'one' True", "10040", "timed out", "4"]


def test_a_socket_is_passed_to_another_process():
    giver = """
        import socket, time, threading
        listener = socket.create_server(("127.0.0.1", 5000))
        helper, _ = listener.accept()
        helper_id = int(helper.recv(20))
        connection, _ = listener.accept()
        helper.sendall(connection.share(helper_id)); connection.close()
        helper.recv(1)
        """
    taker = """
        import os, socket, time
        time.sleep(0.1)
        channel = socket.create_connection(("127.0.0.1", 5000))
        channel.sendall(str(os.getpid()).encode())
        info = b""
        while len(info) < 628: info += channel.recv(1000)
        passed = socket.fromshare(info)
        passed.sendall(b"from the taker"); passed.close()
        """
    caller = """
        import socket, time
        time.sleep(0.5)
        print(socket.create_connection(("127.0.0.1", 5000)).recv(100))
        """
    said = run(giver, taker, caller)
    assert (said.errors, said.lines) == ("", ["b'from the taker'"])


def test_descriptors_and_sockets_are_two_names_for_a_handle():
    said = run(
        """
        import msvcrt, os, socket
        s = socket.socket()
        fd = msvcrt.open_osfhandle(s.fileno(), 0)
        print(fd, msvcrt.get_osfhandle(fd) == s.fileno())
        os.close(fd)
        for again in (lambda: os.close(fd), lambda: msvcrt.get_osfhandle(fd)):
            try: again()
            except OSError as error: print(error)
        try: s.bind(("", 0))
        except OSError as error: print(error.winerror)
        print(s.close())
        """
    )
    bad = "[Errno 9] Bad file descriptor"
    assert said.lines == ["3 True", bad, bad, "10038", "None"]


def test_select_is_windows_own():
    assert lines(
        """
        import select, selectors, socket
        a, b = socket.socketpair()
        print(select.select([a], [a], [a], 0)[1] == [a])
        b.send(b"x"); print(select.select([a], [], [], 5)[0] == [a])
        for sets in (([], [], []), ([99999], [], [])):
            try: select.select(*sets, 0)
            except OSError as error: print(error.winerror)
        try: select.select([-1], [], [])
        except ValueError as error: print(error)
        s = socket.socket(); s.setblocking(False); print(s.connect_ex(("127.0.0.1", 9)))
        print(select.select([], [s], [s], 9)[1:] == ([], [s]), s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        with selectors.DefaultSelector() as selector:
            selector.register(a, selectors.EVENT_READ, "data"); print([key.data for key, _ in selector.select(1)])
        """
    ) == [
        "True", "True", "10022", "10038", "file descriptor cannot be a negative integer (-1)", "10035",
        "True 10061", "['data']",
    ]  # fmt: skip


def test_names_and_constants():
    assert lines(
        """
        import socket
        print(socket.gethostname(), socket.gethostbyname("localhost"), socket.getservbyname("http"))
        print([entry[4] for entry in socket.getaddrinfo("localhost", "http", type=socket.SOCK_STREAM)])
        print(int(socket.AF_INET6), socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, socket.IPV6_V6ONLY)
        print(socket.inet_pton(socket.AF_INET6, "::1")[-1], socket.inet_ntop(socket.AF_INET, b"\\x7f\\0\\0\\1"))
        s = socket.socket(socket.AF_INET6); s.bind(("::1", 0)); print(s.getsockname()[0], s.family.name, s.type.name)
        for bad in (("127.0.0.1", 70000), "text", ("127.0.0.1",)):
            try: socket.socket().connect(bad)
            except (OverflowError, TypeError) as error: print(error)
        print(hasattr(socket.socket, "sendmsg"), hasattr(socket.socket, "ioctl"), hasattr(socket, "SO_REUSEPORT"))
        """
    ) == [
        "machine1 127.0.0.1 80", "[('::1', 80, 0, 0), ('127.0.0.1', 80)]", "23 65535 -5 27", "1 127.0.0.1",
        "::1 AF_INET6 SOCK_STREAM", "connect(): port must be 0-65535.",
        "connect(): AF_INET address must be tuple, not str",
        "connect(): AF_INET address must be a pair (host, port)", "False True False",
    ]  # fmt: skip


def test_a_dropped_socket_is_closed_by_its_finalizer():
    said = run("import socket\nsocket.socket()\ns = socket.socket()")
    closes = [
        event for _, event in said.outcome.trace if isinstance(event, Entered) and event.call == Call.CLOSESOCKET
    ]
    assert len(closes) == 2
    assert said.errors == ""


def test_makefile_and_pipes():
    assert lines(
        """
        import os, socket, threading
        a, b = socket.socketpair()
        with a.makefile("rw", encoding="utf-8") as file, b.makefile("rwb") as other:
            file.write("line\\n"); file.flush(); print(other.readline())
            other.write(b"1\\n2\\n"); other.flush(); print(file.readline(), file.readline(), sep="", end="")
        reading, writing = os.pipe()
        t = threading.Thread(target=os.write, args=(writing, b"piped")); t.start(); print(os.read(reading, 9)); t.join()
        os.close(writing); print(os.read(reading, 9))
        """
    ) == ["b'line\\r\\n'", "1", "2", "b'piped'", "b''"]


def test_what_is_asked_for_in_the_wrong_words_is_refused_as_on_windows():
    assert lines(
        """
        import pathlib, signal, socket
        from socket import AF_INET6, AI_NUMERICHOST, AI_NUMERICSERV, AI_V4MAPPED
        a, b = socket.socketpair()
        for call in (a.recv, a.recvfrom):
            try: call(1.5)
            except TypeError as error: print(error)
        def found(*words, **named):
            try: return socket.getaddrinfo(*words, **named)[0][4][0]
            except socket.gaierror as error: return error.errno
        print(found("localhost", "http", flags=AI_NUMERICSERV), found("::1", "80", type=-1))
        print(found("1.2.3.4", 80, AF_INET6), found("1.2.3.4", 80, AF_INET6, flags=AI_V4MAPPED | AI_NUMERICHOST))
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        path = pathlib.Path("there-was-none"); path.touch(); print(path.exists())
        """
    ) == [
        "'float' object cannot be interpreted as an integer", "'float' object cannot be interpreted as an integer",
        "11001 10044", "11001 ::ffff:1.2.3.4", "True", "True",
    ]  # fmt: skip

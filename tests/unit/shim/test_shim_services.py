"""CPython's own servers and clients, unmodified."""

from shim_runs import lines, program, run


def test_http_serves_files_to_urllib(tmp_path):
    (tmp_path / "page.txt").write_text("served")
    server = f"""
        import functools, http.server, threading, time
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, form, *values): print(form % values)
        address = ("127.0.0.1", 8000)
        with http.server.ThreadingHTTPServer(address, functools.partial(Handler, directory={str(tmp_path)!r})) as s:
            serving = threading.Thread(target=s.serve_forever); serving.start()
            time.sleep(20); s.shutdown(); serving.join()
        """
    client = """
        import http.client, time, urllib.error, urllib.request
        time.sleep(0.1)
        for _ in range(2):
            with urllib.request.urlopen("http://127.0.0.1:8000/page.txt") as answer:
                print(answer.status, answer.read(), answer.headers["Content-Length"])
        try: urllib.request.urlopen("http://localhost:8000/none")
        except urllib.error.HTTPError as error: print(error.code); error.close()
        try: urllib.request.urlopen("http://127.0.0.1:8001/")
        except urllib.error.URLError as error: print(error.reason.winerror)
        connection = http.client.HTTPConnection("127.0.0.1", 8000)
        connection.request("GET", "/"); print(b"page.txt" in connection.getresponse().read()); connection.close()
        """
    programs = program(server), program(client)
    said = [run(*programs) for _ in range(2)]
    for one in said:
        assert (one.errors, one.codes, one.ending) == ("", [0, 0], "FINISHED")
        assert one.text(1, "p2").splitlines() == ["200 b'served' 6"] * 2 + ["404", "10061", "True"]
        assert '"GET /page.txt HTTP/1.1" 200 -' in one.text(1, "p1")
    assert said[0].digest == said[1].digest


def test_socketserver_with_threads():
    assert lines(
        """
        import queue, socket, socketserver, threading
        class Upper(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile: self.wfile.write(line.upper())
        print(hasattr(socketserver, "ForkingMixIn"))
        answers = queue.Queue()
        def ask(n):
            with socket.create_connection(("127.0.0.1", 7000), timeout=5) as s, s.makefile("rw") as file:
                file.write(f"line {n}\\n"); file.flush(); answers.put(file.readline())
        with socketserver.ThreadingTCPServer(("127.0.0.1", 7000), Upper) as server:
            serving = threading.Thread(target=server.serve_forever, daemon=True); serving.start()
            asking = [threading.Thread(target=ask, args=(n,)) for n in range(3)]
            for t in asking: t.start()
            for t in asking: t.join()
            server.shutdown()
        print(sorted(answers.get() for _ in asking))
        """
    ) == ["False", "['LINE 0\\n', 'LINE 1\\n', 'LINE 2\\n']"]


def test_xmlrpc_and_logging():
    server = """
        import logging
        from xmlrpc.server import SimpleXMLRPCServer
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(message)s")
        with SimpleXMLRPCServer(("127.0.0.1", 9000), logRequests=False) as server:
            server.register_function(lambda a, b: a + b, "add")
            logging.info("serving"); server.handle_request(); server.handle_request()
        """
    client = """
        import time, xmlrpc.client
        time.sleep(0.5)
        with xmlrpc.client.ServerProxy("http://127.0.0.1:9000/") as proxy: print(proxy.add(2, 3))
        with xmlrpc.client.ServerProxy("http://127.0.0.1:9000/") as proxy:
            try: proxy.none()
            except xmlrpc.client.Fault as fault: print(fault.faultCode)
        """
    said = run(server, client)
    assert said.text(1, "p2").splitlines() == ["5", "1"]
    assert said.errors == "2026-01-01 00:00:00,000 INFO MainThread serving\n"
    assert said.codes == [0, 0]


def test_smtplib():
    assert lines(
        """
        import smtplib, socket, threading
        def serve():
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb", 0) as file:
                file.write(b"220 ready\\r\\n"); inside = False
                for line in file:
                    if inside:
                        inside = line != b".\\r\\n"
                        if not inside: file.write(b"250 kept\\r\\n")
                    elif line.startswith(b"data"): inside = True; file.write(b"354 go on\\r\\n")
                    elif line.startswith(b"QUIT"): file.write(b"221 bye\\r\\n"); break
                    else: file.write(b"250 well\\r\\n")
        listener = socket.create_server(("127.0.0.1", 25)); t = threading.Thread(target=serve); t.start()
        with smtplib.SMTP("127.0.0.1") as mail: print(mail.sendmail("a@b", ["c@d"], "Subject: x\\r\\n\\r\\ntext"))
        t.join(); listener.close()
        """
    ) == ["{}"]


def test_ftplib():
    assert lines(
        """
        import ftplib, socket, threading
        def serve():
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb", 0) as file:
                file.write(b"220 ready\\r\\n")
                for line in file:
                    word = line.split()[0]
                    if word == b"USER": file.write(b"331 who\\r\\n")
                    elif word == b"PASS": file.write(b"230 in\\r\\n")
                    elif word == b"TYPE": file.write(b"200 well\\r\\n")
                    elif word == b"PASV":
                        data = socket.create_server(("127.0.0.1", 0)); port = data.getsockname()[1]
                        file.write(f"227 at (127,0,0,1,{port >> 8},{port & 255})\\r\\n".encode())
                    elif word == b"RETR":
                        file.write(b"150 comes\\r\\n"); sending, _ = data.accept()
                        sending.sendall(b"contents" * 1000); sending.close(); data.close()
                        file.write(b"226 done\\r\\n")
                    else: file.write(b"221 bye\\r\\n"); break
        listener = socket.create_server(("127.0.0.1", 21)); t = threading.Thread(target=serve); t.start()
        with ftplib.FTP("127.0.0.1") as ftp:
            ftp.login("me", "it"); got = []; ftp.retrbinary("RETR it", got.append); print(len(b"".join(got)))
        t.join(); listener.close()
        """
    ) == ["8000"]

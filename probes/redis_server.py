"""As much of Redis' protocol as one client needs."""

import socketserver
import threading

store = {}


class Handler(socketserver.StreamRequestHandler):
    def read_command(self):
        line = self.rfile.readline()
        if not line:
            return None
        words = []
        for _ in range(int(line[1:])):
            size = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(size + 2)[:-2])
        return words

    def handle(self):
        while words := self.read_command():
            self.wfile.write(self.answer(words))

    def answer(self, words):
        name, *arguments = words[0].upper(), *words[1:]
        if name == b"SET":
            store[arguments[0]] = arguments[1]
            return b"+OK\r\n"
        if name == b"GET":
            value = store.get(arguments[0])
            return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)
        if name == b"INCRBY":
            store[arguments[0]] = b"%d" % (int(store.get(arguments[0], b"0")) + int(arguments[1]))
            return b":%s\r\n" % store[arguments[0]]
        if name == b"STOP":
            threading.Thread(target=server.shutdown).start()
        if name == b"HELLO":
            return b"-ERR unknown command\r\n"
        return b"+OK\r\n"


with socketserver.ThreadingTCPServer(("127.0.0.1", 6379), Handler) as server:
    server.daemon_threads = True
    server.serve_forever(poll_interval=0.2)

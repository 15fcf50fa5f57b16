"""A server that answers and ends, and leaves it to the system to close its connection.

The end of a process closes handles, not sockets: the connection is reset, and what the client has not read yet
may be lost.

finding: left-open, note
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/tokio-rs/mio/issues/423, https://github.com/true-async/server/issues/284
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 8080)


def scenario(system):
    machine = system.machine()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)
        s, _ = ws.accept(listener)
        ws.recv(s, 100)
        ws.send(s, b"answer")
        ws.closesocket(listener)
        api.kernel32.ExitProcess(0)

    def client(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.connect(s, ADDRESS)
        ws.send(s, b"question")
        while ws.recv(s, 100):
            pass
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("client").thread(client)

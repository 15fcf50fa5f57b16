"""The server of closed_as_a_file.py: it ends its connections with closesocket."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 3128)
CLIENTS = 6


def scenario(system):
    machine = system.machine()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)
        for _ in range(CLIENTS):
            s, _ = ws.accept(listener)
            while ws.recv(s, 100):
                pass
            ws.closesocket(s)
        ws.closesocket(listener)
        api.kernel32.Sleep(60_000)

    def client(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        for _ in range(CLIENTS):
            s = ws.socket(AF_INET, SOCK_STREAM, 0)
            ws.connect(s, ADDRESS)
            ws.send(s, b"hello")
            ws.closesocket(s)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("client").thread(client)

"""The servers of probed_port.py: bind itself is the question."""

AF_INET, SOCK_STREAM = 2, 1
FIRST = 8888


def scenario(system):
    machine = system.machine()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        port = FIRST
        while ws.bind(s, ("127.0.0.1", port)) != 0:
            port += 1
        ws.listen(s, 5)
        api.kernel32.Sleep(60_000)
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("one").thread(server)
    machine.process("two").thread(server)

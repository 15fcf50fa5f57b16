"""The server of taken_over.py: the newcomer takes no for an answer."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 3456)


def scenario(system):
    machine = system.machine()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(s, ADDRESS)
        ws.listen(s, 5)
        api.kernel32.Sleep(10_000)
        ws.closesocket(s)
        ws.WSACleanup()

    def other(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        if ws.bind(s, ADDRESS) == 0:
            ws.listen(s, 5)
            api.kernel32.Sleep(1000)
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("other").thread(other)

"""A server from Unix that ends its connections with close, which knows descriptors and no sockets.

On Windows a socket's number is no descriptor: close fails, or closes a file that happens to have that descriptor,
and the connection stays open.  Each client that goes leaves one behind in CLOSE_WAIT.

finding: half-closed-pile, warning
happens on: all
found within: 1
story: 0 preemptions, 4 switches
source: https://github.com/libproxy/libproxy/issues/62, https://github.com/open-telemetry/opentelemetry-cpp/pull/440, https://github.com/getdnsapi/getdns/issues/229
"""

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
            api.crt._close(s)
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

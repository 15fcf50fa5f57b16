"""Two servers that look for a free port by connecting to it, and then bind it with SO_REUSEADDR.

Whoever finds nobody there takes the port.  Both look before either binds, and SO_REUSEADDR, meant for a quick
restart, lets both have it.

finding: two-owners, warning
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/twisted/twisted/issues/7022, https://github.com/h2o/h2o/pull/1123
"""

AF_INET, SOCK_STREAM = 2, 1
SOL_SOCKET, SO_REUSEADDR = 0xFFFF, 4
FIRST = 8888


def scenario(system):
    machine = system.machine()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        port = FIRST
        while True:
            probe = ws.socket(AF_INET, SOCK_STREAM, 0)
            taken = ws.connect(probe, ("127.0.0.1", port)) == 0
            ws.closesocket(probe)
            if not taken:
                break
            port += 1
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.setsockopt(s, SOL_SOCKET, SO_REUSEADDR, b"\1\0\0\0")
        ws.bind(s, ("127.0.0.1", port))
        ws.listen(s, 5)
        api.kernel32.Sleep(60_000)
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("one").thread(server)
    machine.process("two").thread(server)

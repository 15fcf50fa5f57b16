"""A server whose port another program takes over with SO_REUSEADDR.

NT 4.0 and its neighbours ask only the newcomer whether it wants to share.  A server that did nothing wrong, and
asked for nothing, has a second owner beside it.

finding: two-owners, warning
happens on: all but 11
found within: 1
story: 0 preemptions, 2 switches
source: https://github.com/twisted/twisted/issues/10756, https://github.com/twisted/twisted/issues/4195, Q194431
"""

AF_INET, SOCK_STREAM = 2, 1
SOL_SOCKET, SO_REUSEADDR = 0xFFFF, 4
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
        ws.setsockopt(s, SOL_SOCKET, SO_REUSEADDR, b"\1\0\0\0")
        if ws.bind(s, ADDRESS) == 0:
            ws.listen(s, 5)
            api.kernel32.Sleep(1000)
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("other").thread(other)

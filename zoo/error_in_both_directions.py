"""A connection with a thread for each direction, of which each closes the socket when something fails.

The test and the note are there, but between them lies the closing itself: while one thread is on its way into
closesocket the other sees that nobody has closed yet.

finding: closed-twice, error
happens on: all
found within: 2
story: 1 preemption, 6 switches
source: https://github.com/gree/flare/pull/55
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 12121)


def scenario(system):
    machine = system.machine()

    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        connection = {"socket": ws.socket(AF_INET, SOCK_STREAM, 0), "closed": False}
        ws.connect(connection["socket"], ADDRESS)

        def close():
            if not connection["closed"]:
                ws.closesocket(connection["socket"])
                connection["closed"] = True

        def reader():
            if not ws.recv(connection["socket"], 100):
                close()

        def writer():
            if ws.send(connection["socket"], b"more") < 0:
                close()

        threads = [api.crt._beginthreadex(each) for each in (reader, writer)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        close()
        ws.WSACleanup()

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 1)
        s, _ = ws.accept(listener)
        ws.setsockopt(s, 0xFFFF, 0x80, b"\1\0\0\0")
        ws.closesocket(s)
        ws.closesocket(listener)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("client").thread(main)

"""The signaller of signaler.py: the reaper takes both commands before it closes."""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        r = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(r, ANY_PORT)
        w = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.connect(w, ws.getsockname(r))

        def owner():
            ws.send(w, b"stop")

        def reaper():
            ws.recv(r, 100)
            ws.recv(r, 100)
            ws.closesocket(w)
            ws.closesocket(r)

        threads = [api.crt._beginthreadex(each) for each in (owner, reaper)]
        ws.send(w, b"reap")
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("zmq").thread(main)

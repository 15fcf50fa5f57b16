"""The server of accept_after_close.py: its stop routine connects to it once, and closes when the thread has gone."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 27017)
INVALID_SOCKET = -1


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)

        def serve():
            while True:
                s, _ = ws.accept(listener)
                if s == INVALID_SOCKET:
                    return
                ws.closesocket(s)
                if stopping:
                    return

        stopping = []
        thread = api.crt._beginthreadex(serve)
        stopping.append(True)
        waker = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.connect(waker, ADDRESS)
        api.kernel32.WaitForSingleObject(thread)
        ws.closesocket(waker)
        ws.closesocket(listener)
        api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("server").thread(main)

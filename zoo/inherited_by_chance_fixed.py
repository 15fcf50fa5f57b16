"""The server of inherited_by_chance.py: the socket is never inheritable, from the call that makes it."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 8080)
WSA_FLAG_NO_HANDLE_INHERIT = 0x80
AN_HOUR = 3_600_000


def scenario(system):
    machine = system.machine()

    def job(api):
        api.kernel32.Sleep(AN_HOUR)

    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)

        def listen():
            listener = ws.WSASocket(AF_INET, SOCK_STREAM, 0, None, WSA_FLAG_NO_HANDLE_INHERIT)
            ws.bind(listener, ADDRESS)
            ws.listen(listener, 5)
            ws.closesocket(listener)

        def launch():
            child, _ = api.kernel32.CreateProcess("job", job, True)
            api.kernel32.CloseHandle(child)

        threads = [api.crt._beginthreadex(each) for each in (listen, launch)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    machine.process("server").thread(main)

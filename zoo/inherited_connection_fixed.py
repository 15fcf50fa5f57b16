"""The server of inherited_connection.py: its listener is not inheritable, nor what is accepted on it."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 8080)
AN_HOUR = 3_600_000
HANDLE_FLAG_INHERIT = 1


def scenario(system):
    machine = system.machine()

    def job(api):
        api.kernel32.Sleep(AN_HOUR)

    def server(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        api.kernel32.SetHandleInformation(listener, HANDLE_FLAG_INHERIT, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)
        s, _ = ws.accept(listener)
        ws.recv(s, 100)
        child, _ = api.kernel32.CreateProcess("job", job, True)
        api.kernel32.CloseHandle(child)
        ws.send(s, b"started")
        ws.closesocket(s)
        ws.closesocket(listener)
        ws.WSACleanup()

    def browser(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        s = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.connect(s, ADDRESS)
        ws.send(s, b"start the job")
        while ws.recv(s, 100):
            pass
        ws.closesocket(s)
        ws.WSACleanup()

    machine.process("server").thread(server)
    machine.process("browser").thread(browser)

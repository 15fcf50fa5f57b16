"""The worker of inherited_listener.py: its listening socket is not inheritable."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 37777)
AN_HOUR = 3_600_000
HANDLE_FLAG_INHERIT = 1


def scenario(system):
    machine = system.machine()

    def database(api):
        api.kernel32.Sleep(AN_HOUR)

    def worker(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        api.kernel32.SetHandleInformation(listener, HANDLE_FLAG_INHERIT, 0)
        if ws.bind(listener, ADDRESS) == 0:
            ws.listen(listener, 5)
            child, _ = api.kernel32.CreateProcess("database", database, True)
            api.kernel32.CloseHandle(child)
        ws.closesocket(listener)
        ws.WSACleanup()

    def supervisor(api):
        for _ in range(2):
            process, _ = api.kernel32.CreateProcess("worker", worker)
            api.kernel32.WaitForSingleObject(process)
            api.kernel32.CloseHandle(process)

    machine.process("supervisor").thread(supervisor)

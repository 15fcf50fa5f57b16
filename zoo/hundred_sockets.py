"""A launcher that hands a connection to each child it starts, until Windows 98 has no socket left.

Every launch leaves a connection behind that nobody has a handle to.  They count against the hundred sockets of the
system, and one day connect says 10055.

finding: exhausted, error
happens on: 98, 95
found within: 1
story: 0 preemptions, 100 switches
source: Q198663
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 7)
LAUNCHES = 60


def scenario(system):
    machine = system.machine()

    def child(api):
        while not mailbox:
            api.kernel32.Sleep(10)
        api.ws2_32.WSAStartup(0x0202)
        s = api.ws2_32.WSASocket(AF_INET, SOCK_STREAM, 0, mailbox.pop())
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    def launcher(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)
        for _ in range(LAUNCHES):
            client = ws.socket(AF_INET, SOCK_STREAM, 0)
            if ws.connect(client, ADDRESS) != 0:
                ws.closesocket(client)
                break
            s, _ = ws.accept(listener)
            process, process_id = api.kernel32.CreateProcess("child", child)
            mailbox.append(ws.WSADuplicateSocket(s, process_id))
            ws.closesocket(s)
            api.kernel32.WaitForSingleObject(process)
            api.kernel32.CloseHandle(process)
            api.kernel32.Sleep(100)
            ws.closesocket(client)
        ws.closesocket(listener)
        ws.WSACleanup()

    mailbox = []
    machine.process("launcher").thread(launcher)

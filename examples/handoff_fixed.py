"""The server of handoff.py, which closes its own socket only when the child has done with the duplicate.

That is the second of the two ways round that Q198663 gives; the first is a socket of the child's own.  Clean on
every release.

    notsock check examples/handoff_fixed.py --windows 98,nt4
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 7)
CLIENTS = 3
LATER = 600_000


def scenario(system):
    machine = system.machine()
    mailbox = []

    def child(api):
        while not mailbox:
            api.kernel32.Sleep(10)
        api.ws2_32.WSAStartup(0x0202)
        s = api.ws2_32.WSASocket(AF_INET, SOCK_STREAM, 0, mailbox.pop())
        while data := api.ws2_32.recv(s, 100):
            api.ws2_32.send(s, data)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    def server(api):
        api.ws2_32.WSAStartup(0x0202)
        listener = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.bind(listener, ADDRESS)
        api.ws2_32.listen(listener, 5)
        for _ in range(CLIENTS):
            s, _ = api.ws2_32.accept(listener)
            process, process_id = api.kernel32.CreateProcess("child", child)
            info = api.ws2_32.WSADuplicateSocket(s, process_id)
            mailbox.append(info)
            api.kernel32.WaitForSingleObject(process)
            api.kernel32.CloseHandle(process)
            api.ws2_32.closesocket(s)
        api.ws2_32.closesocket(listener)
        api.kernel32.Sleep(LATER)
        api.ws2_32.WSACleanup()

    def client(api):
        api.ws2_32.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        for _ in range(CLIENTS):
            s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
            api.ws2_32.connect(s, ADDRESS)
            api.ws2_32.send(s, b"hello")
            api.ws2_32.recv(s, 100)
            api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    machine.process("server").thread(server)
    machine.process("client").thread(client)

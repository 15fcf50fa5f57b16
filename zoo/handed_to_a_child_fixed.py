"""The server of handed_to_a_child.py: the child makes a socket of its own first, as Q198663 advises."""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 7)


def scenario(system):
    machine = system.machine()
    mailbox = []

    def child(api):
        api.ws2_32.WSAStartup(0x0202)
        own = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        s = api.ws2_32.WSASocket(AF_INET, SOCK_STREAM, 0, mailbox.pop())
        while data := api.ws2_32.recv(s, 100):
            api.ws2_32.send(s, data)
        api.ws2_32.closesocket(s)
        api.ws2_32.closesocket(own)
        api.ws2_32.WSACleanup()

    def server(api):
        api.ws2_32.WSAStartup(0x0202)
        listener = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.bind(listener, ADDRESS)
        api.ws2_32.listen(listener, 5)
        s, _ = api.ws2_32.accept(listener)
        process, process_id = api.kernel32.CreateProcess("child", waits(child))
        mailbox.append(api.ws2_32.WSADuplicateSocket(s, process_id))
        api.ws2_32.closesocket(s)
        api.kernel32.WaitForSingleObject(process)
        api.kernel32.CloseHandle(process)
        api.ws2_32.closesocket(listener)
        api.kernel32.Sleep(600_000)
        api.ws2_32.WSACleanup()

    def client(api):
        api.ws2_32.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        s = api.ws2_32.socket(AF_INET, SOCK_STREAM, 0)
        api.ws2_32.connect(s, ADDRESS)
        api.ws2_32.send(s, b"hello")
        api.ws2_32.recv(s, 100)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    def waits(body):
        def main(api):
            while not mailbox:
                api.kernel32.Sleep(10)
            body(api)

        return main

    machine.process("server").thread(server)
    machine.process("client").thread(client)

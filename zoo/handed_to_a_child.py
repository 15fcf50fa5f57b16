"""A server that hands each connection to a child process, which closes the duplicate last.

On Windows 95 and 98 the close of a connection runs only in a process that has a provider of its own.  The child
has none: the connection is left without a handle, in CLOSE_WAIT, until the server itself ends.

finding: leaked-duplicate, error
happens on: 98, 95
found within: 1
story: 0 preemptions, 6 switches
source: Q198663, Q229658
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 7)


def scenario(system):
    machine = system.machine()
    mailbox = []

    def child(api):
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

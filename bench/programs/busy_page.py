"""A hundred thousand events: eight clients, four hundred and eighty connections, a thread for each."""

ADDRESS = ("127.0.0.1", 7)


def scenario(system):
    machine = system.machine()

    def server(api):
        w = api.ws2_32
        w.WSAStartup(0x0202)
        listener = w.socket(2, 1, 0)
        w.bind(listener, ADDRESS)
        w.listen(listener, 5)
        for _ in range(480):
            s, _ = w.accept(listener)

            def job(api, s=s):
                while data := api.ws2_32.recv(s, 100):
                    api.ws2_32.send(s, data)
                api.ws2_32.closesocket(s)

            api.crt._beginthread(job, api)

    def client(api):
        w = api.ws2_32
        w.WSAStartup(0x0202)
        api.kernel32.Sleep(1000)
        for _ in range(60):
            s = w.socket(2, 1, 0)
            w.connect(s, ADDRESS)
            for _ in range(11):
                w.send(s, b"hello")
                w.recv(s, 100)
                api.kernel32.Sleep(3)
            w.closesocket(s)

    machine.process("server").thread(server)
    for number in range(8):
        machine.process(f"client{number}").thread(client)

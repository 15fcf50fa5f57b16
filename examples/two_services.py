"""Two services that are started together and want the same port.

Each binds the port it was configured for and answers whoever asks there; the second is meant to notice that
the port is taken and to give up.  The calls are Windows' own, so that this translates line by line to C.

It fails on Windows NT 3.51, and 4.0 up to SP1 (nt3.51, nt4, nt4-sp1): while the first is being given the port
the second is given it too, and only one of them ever hears anything (Q142634).

    notsock check examples/two_services.py --windows nt4-sp1,nt4-sp2

two_services_fixed.py is the same program without that.
"""

AF_INET, SOCK_DGRAM = 2, 2
PORT = 161
ANY, LOCAL = ("0.0.0.0", PORT), ("127.0.0.1", PORT)


def scenario(system):
    machine = system.machine()

    def service(api):
        api.ws2_32.WSAStartup(0x0202)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        if api.ws2_32.bind(s, ANY) == 0:
            question, client = api.ws2_32.recvfrom(s, 100, 0)
            api.ws2_32.sendto(s, question, 0, client)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    def client(api):
        api.ws2_32.WSAStartup(0x0202)
        api.kernel32.Sleep(5000)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.sendto(s, b"how are you?", 0, LOCAL)
        api.ws2_32.recvfrom(s, 100, 0)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    machine.process("snmp").thread(service)
    machine.process("agent").thread(service)
    machine.process("client").thread(client)

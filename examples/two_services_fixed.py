"""The services of two_services.py, started one after the other.

A launcher starts the second service when the first one says, by an event that it inherits, that it has its
port or will not get it.  Requests for one port then never overlap, and the second is refused with 10048
(Q142634).  Clean on every release.

    notsock check examples/two_services_fixed.py --windows nt4-sp1,nt4-sp2
"""

AF_INET, SOCK_DGRAM = 2, 2
PORT = 161
ANY, LOCAL = ("0.0.0.0", PORT), ("127.0.0.1", PORT)
HANDLE_FLAG_INHERIT = 1


def scenario(system):
    machine = system.machine()

    def launcher(api):
        for name in ("snmp", "agent"):
            bound = api.kernel32.CreateEvent()
            api.kernel32.SetHandleInformation(bound, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)

            def service(api, bound=bound):
                api.ws2_32.WSAStartup(0x0202)
                s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
                answer = api.ws2_32.bind(s, ANY)
                api.kernel32.SetEvent(bound)
                api.kernel32.CloseHandle(bound)
                if answer == 0:
                    question, client = api.ws2_32.recvfrom(s, 100, 0)
                    api.ws2_32.sendto(s, question, 0, client)
                api.ws2_32.closesocket(s)
                api.ws2_32.WSACleanup()

            process, _ = api.kernel32.CreateProcess(name, service, True)
            api.kernel32.WaitForSingleObject(bound)
            api.kernel32.CloseHandle(bound)
            api.kernel32.CloseHandle(process)

    def client(api):
        api.ws2_32.WSAStartup(0x0202)
        api.kernel32.Sleep(5000)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.sendto(s, b"how are you?", 0, LOCAL)
        api.ws2_32.recvfrom(s, 100, 0)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    machine.process("launcher").thread(launcher)
    machine.process("client").thread(client)

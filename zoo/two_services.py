"""Two services that are started together and configured for one port.

NT 3.51, and NT 4.0 before SP2, look whether a port is free and enter it in two steps.  A second bind that comes
between them succeeds as well; only the last to be entered hears anything.

finding: two-owners, error
happens on: nt4-sp1, nt4, nt3.51
found within: 2
story: 1 preemption, 3 switches
source: Q142634
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY = ("0.0.0.0", 161)


def scenario(system):
    machine = system.machine()

    def service(api):
        api.ws2_32.WSAStartup(0x0202)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        if api.ws2_32.bind(s, ANY) == 0:
            api.kernel32.Sleep(1000)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    machine.process("snmp").thread(service)
    machine.process("agent").thread(service)

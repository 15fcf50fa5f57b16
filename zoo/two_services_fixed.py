"""The services of two_services.py, one after the other."""

AF_INET, SOCK_DGRAM = 2, 2
ANY = ("0.0.0.0", 161)


def scenario(system):
    machine = system.machine()

    def launcher(api):
        for name in ("snmp", "agent"):
            process, _ = api.kernel32.CreateProcess(name, service)
            api.kernel32.WaitForSingleObject(process)
            api.kernel32.CloseHandle(process)

    def service(api):
        api.ws2_32.WSAStartup(0x0202)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        if api.ws2_32.bind(s, ANY) == 0:
            api.kernel32.Sleep(1000)
        api.ws2_32.closesocket(s)
        api.ws2_32.WSACleanup()

    machine.process("launcher").thread(launcher)

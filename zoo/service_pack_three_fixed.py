"""The program of service_pack_three.py: the descriptor has a handle of its own."""

AF_INET, SOCK_DGRAM = 2, 2


def scenario(system):
    def main(api):
        api.ws2_32.WSAStartup(0x0101)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        here = api.kernel32.GetCurrentProcess()
        descriptor = api.crt._open_osfhandle(api.kernel32.DuplicateHandle(here, s, here), 0)
        api.crt._close(descriptor)
        api.ws2_32.closesocket(s)
        api.kernel32.ExitProcess(0)

    system.machine().process("program").thread(main)

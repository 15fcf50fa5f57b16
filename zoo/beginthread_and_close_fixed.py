"""The workers of beginthread_and_close.py: _beginthreadex, whose handles are the program's to close."""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)

        def transfer():
            pass

        thread = api.crt._beginthreadex(transfer)
        api.kernel32.CloseHandle(thread)
        association = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(association, ANY_PORT)
        ws.select([association], [], [], 1_000_000)
        ws.closesocket(association)
        ws.WSACleanup()

    system.machine().process("mta").thread(main)

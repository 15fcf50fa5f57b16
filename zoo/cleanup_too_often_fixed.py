"""The library of cleanup_too_often.py: each WSAStartup has one WSACleanup."""

AF_INET, SOCK_DGRAM = 2, 2


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def library_starts():
            ws.WSAStartup(0x0202)

        def library_ends():
            ws.WSACleanup()

        ws.WSAStartup(0x0202)
        mine = ws.socket(AF_INET, SOCK_DGRAM, 0)
        library_starts()
        library_ends()
        library_starts()
        ws.sendto(mine, b"still there?", 0, ("127.0.0.1", 9))
        ws.closesocket(mine)
        library_ends()
        ws.WSACleanup()

    system.machine().process("phone").thread(main)

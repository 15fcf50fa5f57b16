"""A library that calls WSACleanup once more than WSAStartup, in a program that has sockets of its own.

The last WSACleanup of a process closes every socket in it, whoever made them.  The library's next start brings
Winsock back, but the program's socket is gone, and its number is free for the library.

finding: use-after-close, warning
happens on: all
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/pjsip/pjproject/issues/565
"""

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
        library_ends()
        library_starts()
        ws.sendto(mine, b"still there?", 0, ("127.0.0.1", 9))
        ws.closesocket(mine)
        library_ends()
        ws.WSACleanup()

    system.machine().process("phone").thread(main)

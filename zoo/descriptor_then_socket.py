"""The close that Q185727 asks for, descriptor first and socket second, in a program with another thread.

Winsock finds the socket by its number, before or after it has asked the kernel.  Where another thread was given
that number between the two calls, closesocket ends the other thread's socket.

finding: stale-close, error
happens on: all
found within: 2
story: 2 preemptions, 5 switches
source: Q185727
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def child():
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            descriptor = api.crt._open_osfhandle(s, 0)
            api.crt._close(descriptor)
            ws.closesocket(s)

        def parent():
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            ws.bind(s, ANY_PORT)
            ws.getsockname(s)
            ws.closesocket(s)

        ws.WSAStartup(0x0202)
        threads = [api.crt._beginthreadex(each) for each in (child, parent)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("perl").thread(main)

"""A C runtime's close for sockets: closesocket first, then the descriptor, which closes the handle once more.

The descriptor of a socket owns the same handle.  Between the two calls the handle's number is free, and _close
closes whatever another thread was given under it.

finding: stale-close, error
happens on: all
found within: 2
story: 2 preemptions, 5 switches
source: https://github.com/Perl/perl5/issues/13328
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def child():
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            descriptor = api.crt._open_osfhandle(s, 0)
            ws.closesocket(s)
            api.crt._close(descriptor)

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

"""The close of socket_then_descriptor.py: the descriptor has a handle of its own."""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def child():
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            here = api.kernel32.GetCurrentProcess()
            own = api.kernel32.DuplicateHandle(here, s, here)
            descriptor = api.crt._open_osfhandle(own, 0)
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

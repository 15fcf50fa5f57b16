"""The client of connect_timeout.py: only the destructor closes."""

AF_INET, SOCK_STREAM, SOCK_DGRAM = 2, 1, 2
STATION = ("127.0.0.1", 2404)


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def connect(s):
            return ws.connect(s, STATION) == 0

        def station():
            s = ws.socket(AF_INET, SOCK_STREAM, 0)
            if not connect(s):
                api.kernel32.Sleep(2000)
            ws.closesocket(s)

        def clock():
            api.kernel32.Sleep(2500)
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            ws.sendto(s, b"what time is it?", 0, ("127.0.0.1", 123))
            api.kernel32.Sleep(2500)
            ws.sendto(s, b"what time is it?", 0, ("127.0.0.1", 123))
            ws.closesocket(s)

        ws.WSAStartup(0x0202)
        threads = [api.crt._beginthreadex(each) for each in (station, clock)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("client").thread(main)

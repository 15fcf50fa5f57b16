"""A client whose connect routine closes the socket when it fails, and whose destructor closes it again.

Each thread has a connection of its own, and each does everything right with it; but the number that the second
close names may be the other thread's by then.

finding: stale-close, error
happens on: all
found within: 1
story: 0 preemptions, 6 switches
source: https://github.com/mz-automation/lib60870/issues/52
"""

AF_INET, SOCK_STREAM, SOCK_DGRAM = 2, 1, 2
STATION = ("127.0.0.1", 2404)


def scenario(system):
    def main(api):
        ws = api.ws2_32

        def connect(s):
            if ws.connect(s, STATION) != 0:
                ws.closesocket(s)
                return False
            return True

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

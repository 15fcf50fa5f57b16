"""A mail agent's workers: thread handles from _beginthread, closed by the program as well.

_endthread closes the handle of its own thread, so each is closed twice.  The number of the second close may be the
connection that another thread waits on in select, which then says 10038 in a thread that did nothing wrong.

finding: stale-close, error
happens on: all
found within: 1
story: 0 preemptions, 2 switches
source: Q170006, Q155738
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)

        def transfer():
            pass

        thread = api.crt._beginthread(transfer)
        api.kernel32.CloseHandle(thread)
        association = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(association, ANY_PORT)
        ws.select([association], [], [], 1_000_000)
        ws.closesocket(association)
        ws.WSACleanup()

    system.machine().process("mta").thread(main)

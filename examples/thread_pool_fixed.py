"""The jobs of thread_pool.py, in threads whose handles are the program's own to close.

_endthreadex closes nothing, so _beginthreadex and CloseHandle belong together (Q132078).  Clean on every release.

    notsock check examples/thread_pool_fixed.py --windows nt4 --cpus 4
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)
JOBS = 3


def scenario(system):
    machine = system.machine()

    def job(api):
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        api.ws2_32.bind(s, ANY_PORT)
        address = api.ws2_32.getsockname(s)
        api.ws2_32.sendto(s, b"done", 0, address)
        api.ws2_32.closesocket(s)

    def main(api):
        api.ws2_32.WSAStartup(0x0202)
        for _ in range(JOBS):
            thread = api.crt._beginthreadex(job, api)
            api.kernel32.CloseHandle(thread)
        api.kernel32.Sleep(1000)
        api.ws2_32.WSACleanup()

    machine.process("pool").thread(main)

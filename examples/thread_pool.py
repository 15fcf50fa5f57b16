"""A thread for each job, by _beginthread, and its handle closed as good manners ask.

The calls are Windows' own, so that this translates line by line to C.  "Close every handle that you are
given" is right nearly everywhere, but _endthread closes the handle of its thread itself: here each is closed
twice.  The second time its number may be another job's socket.

It fails on every release, more often the more processors there are (Q155738, Q132078): a job's calls say 10038
now and then, or a job talks through another one's socket.

    notsock check examples/thread_pool.py --windows nt4 --cpus 4

thread_pool_fixed.py is the same program without that.
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
            thread = api.crt._beginthread(job, api)
            api.kernel32.CloseHandle(thread)
        api.kernel32.Sleep(1000)
        api.ws2_32.WSACleanup()

    machine.process("pool").thread(main)

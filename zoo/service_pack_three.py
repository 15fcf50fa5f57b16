"""A descriptor and its socket, both closed, as the documentation asks: on one service pack the socket stays.

Winsock of NT 4.0 SP3 asks the kernel what a number means before it looks among its own sockets.  After _close the
kernel knows nothing of it: closesocket fails with 10038, and what Winsock keeps of the socket is never released.

finding: stale-context, warning
happens on: nt4-sp3, nt4-tse
found within: 1
story: 0 preemptions, 0 switches
source: Q185727
"""

AF_INET, SOCK_DGRAM = 2, 2


def scenario(system):
    def main(api):
        api.ws2_32.WSAStartup(0x0101)
        s = api.ws2_32.socket(AF_INET, SOCK_DGRAM, 0)
        descriptor = api.crt._open_osfhandle(s, 0)
        api.crt._close(descriptor)
        api.ws2_32.closesocket(s)
        api.kernel32.ExitProcess(0)

    system.machine().process("program").thread(main)

"""A queue of completions that takes a socket out with CloseHandle, as if a socket were only a handle.

The kernel's half of the socket goes; Winsock's half stays, under a number that will be given to something else.
closesocket on top of it would close a second time.

finding: stale-context, warning
happens on: all
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/pjsip/pjproject/issues/575
"""

AF_INET, SOCK_DGRAM = 2, 2


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        s = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(s, ("127.0.0.1", 5060))
        api.kernel32.CloseHandle(s)
        event = api.kernel32.CreateEvent()
        api.kernel32.CloseHandle(event)

    system.machine().process("phone").thread(main)

"""A monitor that asks by UDP with a time-out, and leaves the socket behind when the time is up.

Each question takes a dynamic port.  A few thousand unanswered ones later there is none left, for any program of the
machine.

finding: exhausted, error
happens on: 2000, nt4-sp4, nt4-sp3, nt4-sp2, nt4-sp1, nt4, nt3.51, nt3.5, nt4-tse-sp4, nt4-tse, 98, 95
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/stellarbit/aioping/pull/9, Q149532
"""

AF_INET, SOCK_DGRAM = 2, 2
HOST = ("10.0.0.99", 7)
QUESTIONS = 4_100


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        answered = set()
        for _ in range(QUESTIONS):
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            if ws.sendto(s, b"there?", 0, HOST) < 0:
                break
            if s in answered:
                ws.closesocket(s)
        ws.WSACleanup()

    system.machine().process("monitor").thread(main)

"""The monitor of forgotten_pings.py: it closes its socket whether there was an answer or not."""

AF_INET, SOCK_DGRAM = 2, 2
HOST = ("10.0.0.99", 7)
QUESTIONS = 4_100


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        for _ in range(QUESTIONS):
            s = ws.socket(AF_INET, SOCK_DGRAM, 0)
            if ws.sendto(s, b"there?", 0, HOST) < 0:
                break
            ws.closesocket(s)
        ws.WSACleanup()

    system.machine().process("monitor").thread(main)

"""The queue of unregistered.py: a socket is closed with closesocket, and with nothing else."""

AF_INET, SOCK_DGRAM = 2, 2


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        s = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(s, ("127.0.0.1", 5060))
        ws.closesocket(s)
        event = api.kernel32.CreateEvent()
        api.kernel32.CloseHandle(event)

    system.machine().process("phone").thread(main)

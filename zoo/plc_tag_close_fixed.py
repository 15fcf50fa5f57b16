"""The PLC's session of plc_tag_close.py: it is noted as closed before the socket is."""

AF_INET, SOCK_STREAM = 2, 1
PLC = ("127.0.0.1", 44818)


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        session = {"socket": ws.socket(AF_INET, SOCK_STREAM, 0), "is_open": True}

        def close():
            if not session["is_open"]:
                return "bad"
            session["is_open"] = False
            return "bad" if ws.closesocket(session["socket"]) != 0 else "ok"

        if ws.connect(session["socket"], PLC) != 0:
            close()
        close()
        ws.WSACleanup()

    system.machine().process("plc").thread(main)

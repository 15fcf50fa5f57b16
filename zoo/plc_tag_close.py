"""A PLC's session, whose close routine takes success for failure.

The routine tests the result of closesocket the wrong way round, so it returns before it has noted that the socket
is closed.  When the connection fails it is called once, when the tag is destroyed once more, with the same number.

finding: closed-twice, error
happens on: all
found within: 1
story: 0 preemptions, 0 switches
source: https://github.com/libplctag/libplctag/issues/240
"""

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
            if not ws.closesocket(session["socket"]):
                return "bad"
            session["is_open"] = False
            return "ok"

        if ws.connect(session["socket"], PLC) != 0:
            close()
        close()
        ws.WSACleanup()

    system.machine().process("plc").thread(main)

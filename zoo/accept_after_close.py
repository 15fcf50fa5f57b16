"""A server's stop routine closes the listener under the thread that accepts on it.

Meant to get the thread out of accept.  Where the thread is between two calls it comes back to a number that means
nothing, or that the server has meanwhile been given for something else.

finding: use-after-close, warning
happens on: all
found within: 1
story: 0 preemptions, 2 switches
source: https://github.com/mongodb-labs/mongo-mockup-db/pull/35
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 27017)
INVALID_SOCKET = -1


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        ws.bind(listener, ADDRESS)
        ws.listen(listener, 5)

        def serve():
            while True:
                s, _ = ws.accept(listener)
                if s == INVALID_SOCKET:
                    return
                ws.closesocket(s)

        thread = api.crt._beginthreadex(serve)
        ws.closesocket(listener)
        api.kernel32.WaitForSingleObject(thread)
        api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("server").thread(main)

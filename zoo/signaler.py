"""A library's signaller: one thread takes it down while another is about to send through it.

The reaper closes the socket that wakes an I/O thread as soon as it believes the thread's owner gone.  The owner's
last command goes to a closed number; an assertion on 10038 ends the process.

finding: use-after-close, warning
happens on: all
found within: 1
story: 0 preemptions, 3 switches
source: https://github.com/zeromq/libzmq/issues/2339, https://github.com/zeromq/libzmq/issues/2968
"""

AF_INET, SOCK_DGRAM = 2, 2
ANY_PORT = ("127.0.0.1", 0)


def scenario(system):
    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        r = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.bind(r, ANY_PORT)
        w = ws.socket(AF_INET, SOCK_DGRAM, 0)
        ws.connect(w, ws.getsockname(r))

        def owner():
            ws.send(w, b"stop")

        def reaper():
            ws.recv(r, 100)
            ws.closesocket(w)
            ws.closesocket(r)

        threads = [api.crt._beginthreadex(each) for each in (owner, reaper)]
        ws.send(w, b"reap")
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    system.machine().process("zmq").thread(main)

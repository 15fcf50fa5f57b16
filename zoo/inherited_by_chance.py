"""A socket that is made inheritable for a moment too long, while another thread starts a program.

The server takes its sockets out of inheritance as soon as it has them, in a second call.  A thread that starts a
child between the two hands them on all the same.

finding: leaked-duplicate, error
happens on: all but 95, 98
found within: 2
story: 1 preemption, 5 switches
source: https://github.com/dotnet/corefx/issues/32325, https://github.com/cherrypy/cherrypy/issues/856
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 8080)
HANDLE_FLAG_INHERIT = 1
AN_HOUR = 3_600_000


def scenario(system):
    machine = system.machine()

    def job(api):
        api.kernel32.Sleep(AN_HOUR)

    def main(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)

        def listen():
            listener = ws.socket(AF_INET, SOCK_STREAM, 0)
            api.kernel32.SetHandleInformation(listener, HANDLE_FLAG_INHERIT, 0)
            ws.bind(listener, ADDRESS)
            ws.listen(listener, 5)
            ws.closesocket(listener)

        def launch():
            child, _ = api.kernel32.CreateProcess("job", job, True)
            api.kernel32.CloseHandle(child)

        threads = [api.crt._beginthreadex(each) for each in (listen, launch)]
        api.kernel32.WaitForMultipleObjects(threads, True)
        for thread in threads:
            api.kernel32.CloseHandle(thread)
        ws.WSACleanup()

    machine.process("server").thread(main)

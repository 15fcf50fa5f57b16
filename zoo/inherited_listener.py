"""A worker that dies while a child of its own, which inherited its listening socket, lives on.

Sockets are inheritable unless one says otherwise, and a child that is started with its parent's standard handles
gets all the others too.  The port stays taken by a process that has never heard of it: the next worker gets 10048.

finding: leaked-duplicate, error
happens on: all but 95, 98
found within: 1
story: 0 preemptions, 5 switches
source: https://github.com/thedotmack/claude-mem/issues/3482, https://github.com/oven-sh/bun/pull/36938, https://github.com/zeromq/netmq/issues/962
"""

AF_INET, SOCK_STREAM = 2, 1
ADDRESS = ("127.0.0.1", 37777)
AN_HOUR = 3_600_000


def scenario(system):
    machine = system.machine()

    def database(api):
        api.kernel32.Sleep(AN_HOUR)

    def worker(api):
        ws = api.ws2_32
        ws.WSAStartup(0x0202)
        listener = ws.socket(AF_INET, SOCK_STREAM, 0)
        if ws.bind(listener, ADDRESS) == 0:
            ws.listen(listener, 5)
            child, _ = api.kernel32.CreateProcess("database", database, True)
            api.kernel32.CloseHandle(child)
        ws.closesocket(listener)
        ws.WSACleanup()

    def supervisor(api):
        for _ in range(2):
            process, _ = api.kernel32.CreateProcess("worker", worker)
            api.kernel32.WaitForSingleObject(process)
            api.kernel32.CloseHandle(process)

    machine.process("supervisor").thread(supervisor)

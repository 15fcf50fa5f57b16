"""Traces for the page's tests: written down event by event, or lived on the machine."""

from notsock.system import System
from notsock.trace.recorder import Recorder


def trace_of(*events):
    recorder = Recorder()
    for event, *values in events:
        numbers = [recorder.name(value) if isinstance(value, str) else value for value in values]
        recorder.flat.extend((event.kind, *numbers))
    return recorder.trace()


def lived():
    """Two machines, connections from several processes, one closed and one reset."""
    system = System(release="11")
    here, there = system.machine("here"), system.machine("there")

    def server(api):
        w = api.ws2_32
        w.WSAStartup()
        listener = w.socket()
        w.bind(listener, ("0.0.0.0", 80))
        w.listen(listener)
        for _ in range(2):
            s, _ = w.accept(listener)
            w.recv(s, 10)
            w.closesocket(s)
        w.closesocket(listener)

    def client(api):
        w = api.ws2_32
        w.WSAStartup()
        api.kernel32.Sleep(100)
        s = w.socket()
        w.connect(s, ("10.0.0.1", 80))
        w.send(s, b"x")
        w.closesocket(s)

    here.process("server").thread(server)
    there.process("one").thread(client)
    here.process("two").thread(client)
    return system.run().trace

"""Two C-style processes talk over loopback, and everything they did is in the trace."""

from notsock.system import System
from notsock.trace.events import Ending, ObjectEnded, StateChanged


def echo(rounds, **options):
    system = System(**options)
    machine = system.machine()
    server, client = machine.process("server"), machine.process("client")

    @server.thread
    def serve(api):
        api.ws2_32.WSAStartup()
        listener = api.ws2_32.socket(2, 1, 0)
        assert api.ws2_32.bind(listener, ("127.0.0.1", 8000)) == 0
        assert api.ws2_32.listen(listener, 5) == 0
        connection, _ = api.ws2_32.accept(listener)
        while data := api.ws2_32.recv(connection, 32):
            api.ws2_32.send(connection, data)
        api.ws2_32.closesocket(connection)
        api.ws2_32.closesocket(listener)

    @client.thread
    def ask(api):
        api.ws2_32.WSAStartup()
        connection = api.ws2_32.socket(2, 1, 0)
        api.kernel32.Sleep(10)
        assert api.ws2_32.connect(connection, ("127.0.0.1", 8000)) == 0
        for _ in range(rounds):
            api.ws2_32.send(connection, b"x" * 32)
            assert api.ws2_32.recv(connection, 32) == b"x" * 32
        api.ws2_32.closesocket(connection)

    return system


def test_an_echo_ends_with_everything_closed():
    system = echo(3)
    outcome = system.run()
    assert outcome.ending is Ending.FINISHED
    assert system.errors == []
    events = [event for _, event in outcome.trace]
    assert sum(isinstance(event, ObjectEnded) for event in events) == 3
    assert [event.new for event in events if isinstance(event, StateChanged)][-1] == 0

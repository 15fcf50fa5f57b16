"""Twisted's client: two connections, three lines each."""

import os

if os.environ.get("PROBE_REACTOR") == "iocp":
    from twisted.internet import iocpreactor

    iocpreactor.install()
else:
    from twisted.internet import selectreactor

    selectreactor.install()

from pathlib import Path

from meet import AUTHORITY, HOST, TLS, passed, until_listening
from twisted.internet import defer, reactor
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, connectProtocol, wrapClientTLS
from twisted.protocols.basic import LineReceiver

until_listening(8000)


class Ask(LineReceiver):
    def __init__(self):
        self.answers = defer.DeferredQueue()

    def lineReceived(self, line):
        self.answers.put(line)


async def ask(last):
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", 8000)
    if TLS:
        from twisted.internet.ssl import Certificate, optionsForClientTLS

        authority = Certificate.loadPEM(Path(AUTHORITY).read_bytes())
        options = optionsForClientTLS(HOST, trustRoot=authority)
        endpoint = wrapClientTLS(options, HostnameEndpoint(reactor, HOST, 8000))
    protocol = await connectProtocol(endpoint, Ask())
    seen = []
    for word in (b"one", b"two", b"three"):
        protocol.sendLine(word)
        seen.append(await protocol.answers.get())
    if last:
        protocol.sendLine(b"stop")
    else:
        protocol.transport.loseConnection()
    return seen


async def main():
    first = await ask(last=False)
    second = await ask(last=True)
    reactor.callLater(0.5, reactor.stop)
    return first + second


result = []
defer.ensureDeferred(main()).addCallbacks(result.append, lambda failure: (failure.printTraceback(), reactor.stop()))
reactor.run()
assert result == [[b"ONE", b"TWO", b"THREE"] * 2], result
passed("6 lines")

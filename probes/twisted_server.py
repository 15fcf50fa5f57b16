"""Twisted's echo of lines, on the reactor that PROBE_REACTOR names (select by default)."""

import os

if os.environ.get("PROBE_REACTOR") == "iocp":
    from twisted.internet import iocpreactor

    iocpreactor.install()
else:
    from twisted.internet import selectreactor

    selectreactor.install()

from meet import CERTIFICATE, TLS
from twisted.internet import reactor
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class Upper(LineReceiver):
    def lineReceived(self, line):
        if line == b"stop":
            self.transport.loseConnection()
            reactor.callLater(0.1, reactor.stop)
        else:
            self.sendLine(line.upper())


where = quoteStringArgument(CERTIFICATE)
text = f"ssl:8000:privateKey={where}:certKey={where}" if TLS else "tcp:8000"
serverFromString(reactor, f"{text}:interface=127.0.0.1").listen(Factory.forProtocol(Upper))
reactor.run()

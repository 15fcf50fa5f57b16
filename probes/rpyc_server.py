"""rpyc's threaded server; closed by a call."""

import threading

import rpyc
from rpyc.utils.server import ThreadedServer


class Service(rpyc.Service):
    def exposed_turn(self, data):
        return data[::-1]

    def exposed_apply(self, function, values):
        return [function(value) for value in values]

    def exposed_stop(self):
        threading.Timer(0.5, server.close).start()


server = ThreadedServer(Service, hostname="127.0.0.1", port=18861, protocol_config={"allow_public_attrs": True})
server.start()

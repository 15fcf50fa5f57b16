"""Pyro5's daemon with one object; it shuts down when it is asked."""

import Pyro5.api


@Pyro5.api.expose
class Counter:
    def __init__(self):
        self.count = 0

    def add(self, number):
        self.count += number
        return self.count

    @Pyro5.api.oneway
    def stop(self):
        daemon.shutdown()


daemon = Pyro5.api.Daemon(host="127.0.0.1", port=9090)
daemon.register(Counter(), "counter")
daemon.requestLoop()
daemon.close()

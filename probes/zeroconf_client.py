"""zeroconf browses and finds the service of the other process."""

import threading

from meet import passed
from zeroconf import IPVersion, ServiceBrowser, ServiceListener, Zeroconf

found = threading.Event()


class Listener(ServiceListener):
    def add_service(self, zc, kind, name):
        self.info = zc.get_service_info(kind, name, timeout=10_000)
        found.set()

    def update_service(self, zc, kind, name):
        pass

    def remove_service(self, zc, kind, name):
        pass


zeroconf = Zeroconf(ip_version=IPVersion.V4Only)
listener = Listener()
browser = ServiceBrowser(zeroconf, "_probe._tcp.local.", listener)
assert found.wait(15)
assert (listener.info.port, listener.info.properties) == (1234, {b"path": b"/"})
assert listener.info.parsed_addresses() == ["10.0.0.1"]
browser.cancel()
zeroconf.close()
passed("a service with its port and properties")

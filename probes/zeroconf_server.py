"""zeroconf announces a service until it has been found."""

import socket
import time

from zeroconf import IPVersion, ServiceInfo, Zeroconf

zeroconf = Zeroconf(ip_version=IPVersion.V4Only)
info = ServiceInfo(
    "_probe._tcp.local.",
    "one._probe._tcp.local.",
    addresses=[socket.inet_aton("10.0.0.1")],
    port=1234,
    properties={"path": "/"},
    server="one.local.",
)
zeroconf.register_service(info)
time.sleep(20)
zeroconf.unregister_service(info)
zeroconf.close()

"""dnspython: a name, one that is not there, and an answer that needs TCP."""

import dns.exception
import dns.resolver
from meet import passed, until_listening

until_listening(5300)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["127.0.0.1"]
resolver.port = 5300
assert [str(record) for record in resolver.resolve("example.test", "A")] == ["192.0.2.7"]
try:
    resolver.resolve("nobody.test", "A")
except dns.resolver.NXDOMAIN:
    pass
else:
    raise AssertionError("a name that is not there was found")
assert len(resolver.resolve("example.test", "TXT")) == 40
passed("UDP, NXDOMAIN, TCP after truncation")

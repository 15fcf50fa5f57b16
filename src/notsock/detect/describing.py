"""Objects in words: ``TCP socket #7 of server, 127.0.0.1:8000 ↔ 127.0.0.1:49152``."""

from notsock.detect.world import Thing, World
from notsock.values.addresses import IPPROTO_UDP, text_of


def describe(world: World, target: int) -> str:
    """Return what an object is, whose, and where on the network."""
    if target in world.processes:
        return f"process #{target} ({world.processes[target].name})"
    thing = world.thing(target)
    process = world.processes.get(thing.process)
    owner = f" of {process.name}" if process is not None else ""
    if thing.type == "endpoint":
        return f"{_kind(world, thing)} #{target}{owner}{_addresses(world, thing)}"
    if thing.type == "thread":
        names = [thread.name for thread in world.threads.values() if thread.object == target]
        named = f" ({names[0]})" if names else ""
        return f"thread #{target}{named}{owner}"
    return f"{thing.type} #{target}{owner}"


def briefly(world: World, target: int) -> str:
    """Return kind and number alone: ``socket #7``."""
    if target in world.processes:
        return f"process #{target}"
    kind = world.thing(target).type
    return f"{'socket' if kind == 'endpoint' else kind} #{target}"


def _kind(world: World, thing: Thing) -> str:
    if thing.connections or thing.listening_at:
        return "TCP socket"
    protocols = {world.claims[claim].protocol for claim in thing.claims}
    if protocols:
        return "UDP socket" if IPPROTO_UDP in protocols else "TCP socket"
    return "socket"


def _addresses(world: World, thing: Thing) -> str:
    if thing.connections:
        connection = world.connections.get(thing.connections[-1])
        if connection is not None:
            return f", {connection.local} ↔ {connection.remote}"
    if thing.claims:
        claim = world.claims[thing.claims[-1]]
        where = text_of(claim.host, claim.port)
        return f", listening on {where}" if thing.listening_at else f", bound to {where}"
    return ""

"""One run as the page's scripts read it: the trace's own integers, and beside them what they mean.

The integers go over as they are, because a run of 100,000 events must stay small and be read at once; what
needs knowledge (words for objects, netstat, whose packet it was) is worked out here.
"""

import errno
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from notsock.detect.describing import briefly, describe
from notsock.detect.places import is_library, place_of
from notsock.detect.timeline import RETURNS_A_HANDLE
from notsock.detect.world import NAMES_A_DESCRIPTOR, NAMES_A_HANDLE, World, handlers_of
from notsock.report.netstat import STATES
from notsock.report.page.content import ShownRun
from notsock.report.page.ladders import ladders_json
from notsock.report.page.sockets import netstat_json, ports_json
from notsock.report.source_lines import source_line
from notsock.trace.calls import SPELLINGS, Call
from notsock.trace.events import BY_KIND, NAME_FIELDS, Ending, Exited, Origin, Packet
from notsock.trace.recorder import Trace
from notsock.trace.stacks import Place
from notsock.values.errors import name_of

SOURCE_MAX = 160
"""Characters shown of a line of the program."""


def vocabulary() -> dict[str, Any]:
    """Return what is the same for every run: kinds of events and their fields, calls, states."""
    return {
        "kinds": {
            kind: {"name": event.__name__, "fields": [each.name for each in fields(event)], "names": NAME_FIELDS[kind]}
            for kind, event in BY_KIND.items()
        },
        "calls": {int(call): spelling for call, spelling in SPELLINGS.items()},
        "namesHandle": sorted(int(call) for call in NAMES_A_HANDLE),
        "returnsHandle": sorted(int(call) for call in RETURNS_A_HANDLE),
        "namesDescriptor": sorted(int(call) for call in NAMES_A_DESCRIPTOR),
        "countsErrno": [int(call) for call in Call if Call.OPEN_OSFHANDLE <= call <= Call.CRT_FSTAT],
        "states": STATES,
        "origins": [origin.name.lower() for origin in Origin],
        "endings": {int(ending): ending.name.lower().replace("_", " ") for ending in Ending},
        "packets": [packet.name.lower() for packet in Packet],
    }


def run_json(shown: ShownRun) -> dict[str, Any]:
    """Return one run."""
    trace = shown.trace
    stacks, places = _stacks(trace)
    world = _world(trace)
    return {
        "title": shown.title,
        "digest": trace.digest,
        "flat": trace.flat().tolist(),
        "names": trace.names,
        "posix": world.posix,
        "objects": _objects(world),
        "errors": _errors(world),
        "stacks": stacks,
        "places": places,
        "netstat": netstat_json(trace, shown.manners),
        "ports": ports_json(trace),
        "ladders": ladders_json(trace, shown.packets),
        "tapped": shown.packets is not None,
    }


def _world(trace: Trace) -> World:
    """Return what the detectors know of a run when it is over."""
    world = World(trace, trace.flat().tolist())
    handlers = {kind: getattr(world, name) for kind, name in handlers_of(World).items()}
    for position, record in trace.records():
        handler = handlers.get(record[0])
        if handler is not None:
            handler(position, *record[1:])
    return world


def _objects(world: World) -> dict[int, list[Any]]:
    """Return each object in words, short and long, with its type and its process."""
    known = {ident: [thing.type, thing.process] for ident, thing in world.objects.items()}
    known |= {ident: ["process", ident] for ident in world.processes}
    return {ident: [briefly(world, ident), describe(world, ident), *rest] for ident, rest in known.items()}


def _errors(world: World) -> dict[int, str]:
    """Return the name of every error code that a call of the trace came back with."""
    codes = {record[4] for _, record in world.trace.records() if record[0] == Exited.kind and record[4]}
    names = errno.errorcode if world.posix else {code: name_of(code) for code in codes}
    return {code: names[code] for code in sorted(codes) if names.get(code, str(code)) != str(code)}


def _stacks(trace: Trace) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    """Return ``[position, place, place, …]`` of each stack, and the places."""
    known: dict[Place, int] = {}
    stacks = []
    for position in sorted(trace.stacks):
        found = [place_of(frame) for frame in trace.stacks[position]]
        stacks.append([position, *(known.setdefault(place, len(known)) for place in found)])
    return stacks, places_json(known)


def places_json(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Return frames for a person: file, line, function, whether a library's, and the line itself of the program's."""
    found = []
    for place in places:
        library = is_library(place.file)
        source = "" if library else source_line(place)[:SOURCE_MAX]
        found.append(
            {"file": place.file, "line": place.line, "function": place.function, "library": library, "source": source}
        )
    return found

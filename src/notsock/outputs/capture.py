"""What passes on a run's network: listened to once, for the page, and for ``--pcap``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from notsock.detect.finding import Finding
from notsock.programs.options import Options
from notsock.programs.program import Program
from notsock.programs.runner import Runner
from notsock.report.packet_notes import packet_notes
from notsock.report.page.content import Ends
from notsock.report.pcapng import PcapngWriter
from notsock.system import System
from notsock.trace.events import Packet, PacketMoved
from notsock.trace.recorder import Trace
from notsock.values.addresses import text_of


class Listener:
    """Listens to the network of a runner (whatever has a ``tap``), and keeps what was sent."""

    def __init__(self, runner: Any) -> None:
        self._packets: list[tuple[int, int, Any]] = []
        runner.tap = self._take

    def _take(self, link: int, now_ns: int, packet: Any) -> None:
        self._packets.append((link, now_ns, packet))

    def packets(self, trace: Trace) -> list[tuple[int, int, Any]]:
        """Return link, time and packet of everything that was sent in the last run, whose trace this is."""
        sent = sum(record[0] == PacketMoved.kind and record[2] == Packet.SENT for _, record in trace.records())
        return self._packets[len(self._packets) - sent :]

    def ends(self, trace: Trace) -> tuple[Ends, ...]:
        """Return who sent each of those packets, and to whom."""
        return tuple(_ends(packet) for _, _, packet in self.packets(trace))


def _ends(packet: Any) -> Ends:
    to, source = (packet[0], packet[0][2:4]) if len(packet) == 7 else (packet[0], packet[1])
    return text_of(source[0], source[1]), text_of(to[0], to[1])


def listening(
    listeners: list[Listener], runner_of: Callable[[Program, Options], Runner] = Runner
) -> Callable[[Program, Options], Runner]:
    """Return what makes runners whose networks are listened to."""

    def make(program: Program, options: Options) -> Runner:
        runner = runner_of(program, options)
        listeners.append(Listener(runner))
        return runner

    return make


def write_capture(
    path: Path, system: System, trace: Trace, listener: Listener, findings: Sequence[Finding], comment: str
) -> None:
    """Write the packets of a run, with what the findings say of them; raise OSError where that cannot be done."""
    notes = packet_notes(trace, listener.ends(trace), findings)
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment)
        writer.names({address: host.name for host in system.network.hosts for address in host.addresses})
        for link in system.network.links:
            writer.interface(link.number, link.name)
        keys = system.tls_keys()
        if keys:
            writer.tls_keys(keys)
        for place, (number, now_ns, packet) in enumerate(listener.packets(trace)):
            writer.packet(number, now_ns, packet, notes.get(place, ""))

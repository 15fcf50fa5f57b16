"""``--pcap``: taps a run's network and writes what passed, for Wireshark."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from notsock.programs import checking
from notsock.programs.options import Options
from notsock.programs.program import Program, ProgramError
from notsock.programs.runner import Runner
from notsock.report.pcapng import PcapngWriter


class Capture:
    """Records a runner's packets while its block runs; writes them to ``path`` (None: does nothing)."""

    def __init__(self, path: str | None, runner: Runner) -> None:
        self._path = path
        self._runner = runner
        self._packets: list[tuple[int, int, Any]] = []

    def __enter__(self) -> Self:
        if self._path is not None:
            self._runner.tap = self._take
        return self

    def _take(self, link: int, now_ns: int, packet: Any) -> None:
        self._packets.append((link, now_ns, packet))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outcome = self._runner.last
        if self._path is None or outcome is None:
            return
        try:
            with Path(self._path).open("wb") as file:
                writer = PcapngWriter(file)
                for link in outcome.system.network.links:
                    writer.interface(link.number, link.name)
                for number, now_ns, packet in self._packets:
                    writer.packet(number, now_ns, packet)
        except OSError as failure:
            raise ProgramError(f"{self._path} cannot be written: {failure.strerror}") from None


@contextmanager
def captured(path: str | None) -> Iterator[Callable[[Program, Options], Runner]]:
    """Give a maker of runners; what passed in theirs is written to ``path`` when the block ends."""
    with ExitStack() as stack:

        def runner_of(program: Program, options: Options) -> Runner:
            runner = Runner(program, options)
            stack.enter_context(Capture(path, runner))
            return runner

        yield runner_of


def write_capture(path: Path, replay: Path | None) -> None:
    """Replay a finding and write its packets."""
    if replay is not None:
        with captured(str(path)) as runner_of:
            checking.replay(replay, None, runner_of)

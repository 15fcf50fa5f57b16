"""The engines by the names that a person gives them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from notsock.campaign.engine import Engine, EngineError
from notsock.campaign.processes import Processes

_DASK = "dask"


@contextmanager
def engine_named(name: str, jobs: int | None) -> Iterator[Engine]:
    """Give the engine of a name, with so many workers where it makes its own (None: one a processor).

    Raises :class:`EngineError` where there is none, or it cannot be reached.
    """
    engine = _made(name, jobs or len(os.sched_getaffinity(0)))
    try:
        yield engine
    finally:
        engine.close()


def _made(name: str, jobs: int) -> Engine:
    if name == "processes":
        return Processes(jobs)
    kind, separator, address = name.partition("://")
    if kind != _DASK or bool(separator) != bool(address):
        raise EngineError(f"--engine {name!r} is not one of processes, dask and dask://HOST:PORT")
    from notsock.campaign.cluster import Cluster  # noqa: PLC0415 - what it stands on need not be installed

    return Cluster(address or None, jobs)

"""Seam: may an endpoint be torn down when its last handle is closed?

Contract: given the endpoint and the process that closes the last handle, say whether the provider's close runs.

``always`` (CONFIRMED by Q198663: NT cleans the connection of a duplicated socket up).
``if_provider_attached`` (INFERRED from Q198663 with Q229658): on Windows 9x a duplicate has no link to the
provider, so the close runs only if the process that closes last has attached one, by creating a socket of its
own.  Otherwise the endpoint lives on, in the provider of the process that created it, until that process ends.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notsock.afd.endpoint import Endpoint
    from notsock.objects.process import Process


def always(endpoint: "Endpoint", process: "Process") -> bool:  # noqa: ARG001 - the seam's contract
    """Tear down whoever closes."""
    return True


def if_provider_attached(endpoint: "Endpoint", process: "Process") -> bool:
    """Tear down only where a provider is there to do it, or nobody is left to wait for."""
    return process.provider or not endpoint.creator.alive

"""How hosts are reached, as far as a tool's own configuration says.

Knows nothing of any tool; must not know who goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

__all__ = ["Way"]


class Way:
    """What a tool's configuration says of the way to hosts; by itself, nothing."""

    #: Hosts that the user lets be asked without TLS.
    plain_hosts: AbstractSet[str] = frozenset()

    def authorities(self, place: str) -> Sequence[str]:  # noqa: ARG002
        """Files with certificates that the user trusts for "host:port", besides the system's."""
        return ()

    def identity(self, place: str) -> tuple[str, str]:  # noqa: ARG002
        """The files of the certificate and key that the user shows there; ("", "") for none."""
        return "", ""

    def proxy(self, scheme: str, place: str) -> str | None:  # noqa: ARG002
        """The proxy for the way there; "" for none, None where nothing is said and the environment's counts."""
        return None

"""Settings of package managers that let somebody on the way answer, or take away what their lock says.

Knows what the switches mean; must not know how a file spells them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure, local_host, without_credentials
from pinlint.model import Fact, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["asked", "trusted", "unchecked", "unverified"]


def asked(address: str, span: Span) -> Iterator[Fact]:
    """The fact that a server is asked without TLS; a variable may say that it is this machine."""
    if "://$" not in address and is_insecure(address.removeprefix("sparse+").removeprefix("registry+")):
        yield Fact("insecure-transport", span, f"packages are fetched from {without_credentials(address)[:200]} without TLS")


def trusted(host: Node) -> Iterator[Fact]:
    """The fact that http is accepted of a host, which may be a pattern."""
    if host.kind == "scalar" and not local_host(host.value):
        yield Fact("insecure-transport", host.inner, f"packages are accepted from {host.value[:100]} without TLS")


def unchecked(value: str, span: Span) -> Iterator[Fact]:
    """The fact that no certificate is checked."""
    if value.strip().lower() in ("false", "no", "off", "0"):
        yield Fact("insecure-transport", span, "no certificate of a registry is checked, so whoever is on the way can answer")


def unverified(value: str, span: Span) -> Iterator[Fact]:
    """The fact that Yarn does not stop where what it fetched is not what its lock says, not even if that is to be immutable (seen
    with 4.18). Source: yarnpkg/berry, Cache.ts."""
    if value in ("ignore", "update", "reset"):
        and_so = ", and the lock is changed" if value == "update" else ""
        why = f"what is not what yarn.lock says is installed all the same{and_so}"
        yield Fact("erased-digest", span, f"{why}; take the line out, or write `throw`")

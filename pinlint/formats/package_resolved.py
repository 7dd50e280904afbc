"""Package.resolved: every Swift package with its commit, or the version that a registry has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.swift.names import revision_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.swift_locks import Pin, pins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every pin; a fact for each address without TLS."""
    found = pins(document)
    if isinstance(found, Fact):
        yield found
        return
    for pin in found:
        if is_insecure(pin.location):
            told = f"{pin.identity[:100]} is cloned from {without_credentials(pin.location)} without TLS"
            yield Fact("insecure-transport", pin.place, told)
        yield _reference(pin)


def _reference(pin: Pin) -> Reference:
    if pin.is_local:
        why = "a repository on this machine"
        return Reference(Artifact("swift", pin.identity), pin.version, (), "local", pin.place, _ROLE, why)
    if not pin.location:
        verdict = "version" if pin.version else "unknown"
        why = "" if pin.version else "its pin holds no version, so SwiftPM refuses it"
        artifact = Artifact("swift", pin.identity)
        return Reference(artifact, pin.version, (), verdict, pin.place, _ROLE, why, refused=verdict == "unknown")
    verdict, digests, why = revision_verdict(pin.revision)
    artifact = Artifact("swift", repository_name(pin.location), without_credentials(pin.location))
    return Reference(artifact, pin.version, digests, verdict, pin.place, _ROLE, why, refused=verdict == "unknown")

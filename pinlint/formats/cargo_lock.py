"""Cargo.lock: every crate with the checksum of its registry or the commit of its repository. Its manifests are judged apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.cargo.names import checksum_verdict, commit_verdict, source
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.cargo_locks import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.cargo_locks import Crate
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked crate"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every crate; a fact for each place that is asked without TLS."""
    lock = read_lock(document)
    if isinstance(lock, Fact):
        yield lock
        return
    told: set[str] = set()
    for crate in lock.crates:
        address = source(crate.source).address
        if address not in told and is_insecure(address):
            told.add(address)
            yield Fact(
                "insecure-transport", crate.place, f"{crate.name} is fetched from {without_credentials(address)} without TLS"
            )
        yield _reference(crate)


def _reference(crate: Crate) -> Reference:
    if not crate.source:
        artifact = Artifact("cargo", crate.name)
        return Reference(artifact, crate.version, (), "local", crate.place, _ROLE, "a crate of this repository or machine")
    kind, address, commit = source(crate.source)
    artifact = Artifact("cargo", crate.name, without_credentials(address))
    if kind == "git":
        verdict, digests, why = commit_verdict(commit)
    elif kind == "registry":
        verdict, why = checksum_verdict(crate.checksum)
        digests = (crate.checksum,) if crate.checksum else ()
    else:
        verdict, digests, why = "unknown", (), "its source is none that pinlint knows"
    return Reference(artifact, crate.version, digests, verdict, crate.place, _ROLE, why)

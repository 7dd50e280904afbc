"""pubspec.lock: every package with the hash of its archive, or the commit of its repository. pubspec.yaml is judged, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.pub.names import commit_verdict, sha256_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.pub_locks import Locked, packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"
_LOCAL = {"path": "a folder of this repository or machine", "sdk": "a part of the SDK", "root": "the package itself"}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package; a fact for each address without TLS."""
    found = packages(document)
    if isinstance(found, Fact):
        yield found
        return
    for one in found:
        address = one.said.get("url", "")
        if one.source in ("hosted", "git") and is_insecure(address):
            told = f"{one.name[:100]} is fetched from {without_credentials(address)} without TLS"
            yield Fact("insecure-transport", one.place, told)
        yield _reference(one)


def _reference(one: Locked) -> Reference:
    artifact = Artifact("pub", one.name[:200], without_credentials(one.said.get("url", "")))
    if one.source in _LOCAL:
        return Reference(artifact._replace(source=""), one.version, (), "local", one.place, _ROLE, _LOCAL[one.source])
    if one.source == "hosted":
        verdict, digests, why = sha256_verdict(one.said.get("sha256", ""))
    elif one.source == "git":
        verdict, digests, why = commit_verdict(one.said.get("resolved-ref", ""))
    else:
        return Reference(artifact, one.version, (), "unknown", one.place, _ROLE, "pub knows no such source", refused=True)
    return Reference(artifact, one.version, digests, verdict, one.place, _ROLE, why, refused=verdict == "unknown")

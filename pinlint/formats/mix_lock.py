"""mix.lock: every package of Hex with its checksums, or the commit of its repository. mix.exs, beside it, is judged too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.hex.names import checksum_verdict, commit_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.mix_locks import Entry, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every entry; a fact for each address without TLS."""
    found = entries(document)
    if isinstance(found, Fact):
        yield found
        return
    for one in found:
        if one.kind == "git" and is_insecure(one.source):
            told = f"{one.name[:100]} is cloned from {without_credentials(one.source)} without TLS"
            yield Fact("insecure-transport", one.span, told)
        yield _reference(one)


def _reference(one: Entry) -> Reference:
    source = without_credentials(one.source) if one.kind == "git" else ""
    artifact = Artifact("hex", (one.package or one.name)[:200], source)
    if one.kind == "git" and _local(one.source):
        return Reference(artifact, one.at, (), "local", one.span, _ROLE, "a repository on this machine")
    if one.kind == "git":
        verdict, digests, why = commit_verdict(one.at)
    elif one.kind == "hex":
        verdict, digests, why = checksum_verdict(*one.sums)
    else:
        return Reference(artifact, one.at, (), "unknown", one.span, _ROLE, f"pinlint does not know what {one.kind[:20]} fetches")
    version = one.at if one.kind == "hex" else ""
    return Reference(artifact, version, digests, verdict, one.span, _ROLE, why, refused=verdict == "unknown")

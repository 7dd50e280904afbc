"""MODULE.bazel.lock: every module with the hash of what its registry says about it, archive and sum included.

Of the files that were looked at on the way only those of chosen modules matter: `source.json`. Source: bazel.build, "Lockfile".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.bazel.names import sum_verdict
from pinlint.ecosystems.url.names import is_insecure, origin, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.bazel_locks import Entry, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every module; a fact for each registry that is asked without TLS."""
    found = entries(document)
    if isinstance(found, Fact):
        yield found
        return
    told: set[str] = set()
    for one in found:
        if is_insecure(one.source) and one.source not in told:
            told.add(one.source)
            address = without_credentials(one.source)
            yield Fact("insecure-transport", one.place, f"the registry {address} is asked without TLS")
        if one.file != "MODULE.bazel":
            yield _reference(one)


def _reference(one: Entry) -> Reference:
    artifact = Artifact("bazel", one.name[:200], origin(one.source))
    verdict, why = sum_verdict(one.sum, "") if one.file else sum_verdict("", one.sum)
    if verdict == "floating":
        verdict, why = "version", "the lock holds no sum of it"
    digests = (one.sum,) if verdict == "digest" else ()
    return Reference(artifact, one.version, digests, verdict, one.place, "locked module", why, refused=verdict == "unknown")

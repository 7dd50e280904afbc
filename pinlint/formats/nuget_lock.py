"""packages.lock.json: every package with its content hash. The project beside it is judged itself.

Source: the NuGet documentation (locking dependencies), and NuGet.Client, PackagesLockFileFormat.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.nuget.names import hash_verdict
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.nuget_locks import read_lock
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"
_MENDED = "run `dotnet restore --force-evaluate`"
_conflict = re.compile(r"^<{7} ", re.MULTILINE).search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package of every framework; a fact where some have a hash and others have none."""
    value = load(document.text)
    if isinstance(value, Unparsable):
        yield _unreadable(document.text, value)
        return
    lock = read_lock(value)
    if isinstance(lock, str):
        yield Fact("unreadable-lock", Span(0, min(1, len(document.text))), f"{lock}; {_MENDED}")
        return
    fetched = [one for one in lock.entries if one.kind != "Project"]
    bare = [one for one in fetched if not one.content_hash]
    if bare:
        more = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
        why = f"the lock has no contentHash of {bare[0].name[:100]}{more}, so NuGet stops with NU1403 in locked mode"
        yield Fact("partly-hashed", KeyPath(bare[0].keys), f"{why}; {_MENDED}")
    for one in lock.entries:
        artifact, place = Artifact("nuget", one.name), KeyPath(one.keys)
        if one.kind == "Project":
            yield Reference(artifact, one.version, (), "local", place, _ROLE, "a project of this repository or machine")
            continue
        verdict, why = hash_verdict(one.content_hash)
        yield Reference(artifact, one.version, (one.content_hash,) if one.content_hash else (), verdict, place, _ROLE, why)


def _unreadable(text: str, error: Unparsable) -> Fact:
    if conflict := _conflict(text):
        return Fact("unreadable-lock", Span(*conflict.span()), f"it holds merge-conflict markers; take either side, then {_MENDED}")
    return Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(text))), f"{error.reason}; {_MENDED}")

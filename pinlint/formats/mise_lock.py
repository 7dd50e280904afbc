"""mise's lock: every version of every tool, with the sums of what is fetched for each platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.tool.names import named
from pinlint.model import Artifact, Fact, KeyPath, Reference
from pinlint.semantics.mise_locks import sums
from pinlint.semantics.python_locks import Written, table, tables, toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITTEN = Written("mise", "mise lock")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every tool in each of its versions; the fact that nobody can read the lock."""
    lock = toml(document.text, _WRITTEN)
    if isinstance(lock, Fact):
        yield lock
        return
    for name, entries in table(lock.get("tools")).items():
        for number, entry in tables(entries):
            version, place = entry.get("version"), KeyPath(("tools", name, number, "version"), "value")
            if isinstance(version, str):
                verdict, digests, why = sums(entry)
                yield Reference(Artifact("tool", named(name)), version, digests, verdict, place, "locked tool", why)

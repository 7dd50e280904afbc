"""Settings of Cargo in a project: registries and repositories that take the place of others, asked without TLS, and patches.

A source that takes the place of another must hold the same crates: their sums are in the lock. Source: The Cargo Book
(configuration, source replacement, overriding dependencies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.insecure_settings import asked
from pinlint.syntax import toml
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYS = {"registries": ("index",), "source": ("registry", "git")}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """No reference: facts about the sources alone."""
    if not any(name in document.text for name in _KEYS):
        return
    root = toml.read(document)
    for name, keys in _KEYS.items():
        for table in select(root, name):
            for _, one in table.items():  # noqa: PERF102 - a node, not a dict
                for found in (found for key in keys if (found := one.get(key)) is not None):
                    yield from asked(found.value, found.inner)

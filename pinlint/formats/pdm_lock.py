"""PDM's lock: every package with its files. Whether it is in step is said of the pyproject.toml beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.pdm_locks import entries, refusal
from pinlint.semantics.python_locks import Written, insecure, judged, toml, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITTEN = Written("PDM", "pdm lock")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package, and what of the lock PDM would refuse or install unchecked."""
    lock = toml(document.text, _WRITTEN)
    if isinstance(lock, Fact):
        yield lock
        return
    if why := refusal(lock):
        yield unreadable(document.text, why, _WRITTEN)
    locked = entries(lock)
    yield from judged(locked, _WRITTEN)
    yield from insecure(locked)

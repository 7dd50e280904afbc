"""pylock.toml, the lock that all of Python's installers should read: every package with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.pylocks import entries, refusal
from pinlint.semantics.python_locks import Written, insecure, judged, toml, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_COMMANDS = {"pdm": "pdm lock", "pip": "pip lock", "pipenv": "pipenv lock", "uv": "uv export --format pylock.toml"}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package, and what of the lock an installer would refuse."""
    lock = toml(document.text, Written("pip", "pip lock"))
    if isinstance(lock, Fact):
        yield lock
        return
    written = Written("an installer", _COMMANDS.get(str(lock.get("created-by")), "pip lock"))
    if why := refusal(lock):
        yield unreadable(document.text, why, written)
    locked = entries(lock)
    yield from judged(locked, written)
    yield from insecure(locked)

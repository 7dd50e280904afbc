"""What the commands of scripts fetch. A program whose commands are read is a line of `PROGRAMS`.

Knows which module reads which program; must not know which file holds a script, and no rule. Modules load when a script names their
program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference, Script
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["fetched", "fetches"]

#: Bytes of which a file must hold one for a command of its to be looked at.
_WORDS = (b"curl", b"wget", b"pip", b"npm", b"npx", b"docker")


def fetches(data: bytes) -> bool:
    """Whether a file of these bytes may hold a command that is read: worth a look at its scripts, no more."""
    return any(word in data for word in _WORDS)


def fetched(scripts: list[Script], document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """What the commands of a document's scripts ask for, in order, and what is noticed about them."""
    yield from ()

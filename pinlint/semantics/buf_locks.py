"""Buf's lock: the modules in it with their commits and digests.

Source: bufbuild/buf, private/bufpkg/bufconfig/buf_lock_file.go; buf 1.75 refuses an entry of version 2 without a digest, and every
other version. Must not know what a file asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.syntax.yaml import read
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Entry", "entries", "held", "made_here", "version"]

LOCK = "buf.lock"


class Entry(NamedTuple):
    """A locked module; `node` is where its commit stands."""

    name: str
    commit: str
    digest: str
    node: Node


def version(root: Node) -> str:
    """The layout of a lock, "" where it says none."""
    return _text(root, "version")


def entries(root: Node) -> list[Entry]:
    """The modules and plugins of a lock, in order."""
    held = [found for key in ("deps", "plugins") if (found := root.get(key)) is not None]
    made = []
    for one in (one for found in held for one in found.elements):
        name = _text(one, "name") or "/".join(_text(one, key) for key in ("remote", "owner", "repository"))
        commit = one.get("commit")
        if name.strip("/"):
            made.append(Entry(name.lower(), _text(one, "commit"), _text(one, "digest"), commit if commit is not None else one))
    return made


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return found.value if found is not None and found.kind == "scalar" else ""


def made_here(tree: Tree) -> frozenset[str]:
    """The modules that this repository makes: of a workspace one may need another, which no lock holds."""
    return tree.memo("buf modules", "", lambda: frozenset(name for path in tree.listed() for name in _made(path, tree)))


def _made(path: str, tree: Tree) -> list[str]:
    if path.rpartition("/")[2] not in ("buf.yaml", "buf.yml"):
        return []
    try:
        roots = read(tree.read(path))
    except (Unread, Unparsable):
        return []
    modules = [one for root in roots if (found := root.get("modules")) is not None for one in found.elements]
    return [name.lower() for one in (*roots, *modules) if (name := _text(one, "name"))]


def held(path: str, tree: Tree) -> frozenset[str]:
    """The modules in the lock at `path`; none where it cannot be read."""
    return tree.memo("buf lock", path, lambda: _held(path, tree))


def _held(path: str, tree: Tree) -> frozenset[str]:
    try:
        document: Document = tree.read(path)
        return frozenset(one.name for root in read(document) for one in entries(root))
    except (Unread, Unparsable):
        return frozenset()

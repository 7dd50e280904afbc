"""packages.lock.json: the packages of each framework with their hashes, and what the project asked for when it was written.

Must not know how firm an entry is. Source: NuGet.Client, PackagesLockFileFormat.
"""

from typing import Any, NamedTuple

from pinlint.syntax.json import Unparsable, load
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["Entry", "Lock", "lock_at", "read_lock"]

_Json = dict[str, Any]


class Entry(NamedTuple):
    """A locked package, and the keys that lead to it."""

    keys: tuple[str, ...]
    name: str
    kind: str
    version: str
    content_hash: str


class Lock(NamedTuple):
    """`requested` is what was asked for, in any framework, by lower-case name."""

    entries: list[Entry]
    requested: dict[str, frozenset[str]]


def read_lock(lock: object) -> Lock | str:
    """What a parsed lock holds, or why NuGet or pinlint cannot read it."""
    if not isinstance(lock, dict) or lock.get("version") not in (1, 2, 3) or not isinstance(lock.get("dependencies"), dict):
        version = str(lock.get("version"))[:20] if isinstance(lock, dict) else ""
        return f"it has version {version}, and pinlint reads 1 to 3" if version else "it is no object with a version"
    entries: list[Entry] = []
    requested: dict[str, set[str]] = {}
    for framework, listed in lock["dependencies"].items():
        for name, value in listed.items() if isinstance(listed, dict) else ():
            if not isinstance(value, dict):
                return f"the entry of {name[:100]} is no object"
            kind, asked = _text(value, "type"), _text(value, "requested")
            keys = ("dependencies", framework, name)
            entries.append(Entry(keys, name, kind, _text(value, "resolved"), _text(value, "contentHash")))
            if asked and kind != "Project":
                requested.setdefault(name.lower(), set()).add(asked)
    return Lock(entries, {name: frozenset(texts) for name, texts in requested.items()})


def _text(value: _Json, field: str) -> str:
    found = value.get(field)
    return found if isinstance(found, str) else ""


def lock_at(tree: Tree, path: str) -> Lock | None:
    """The lock at a path; None where none is, or none that can be read."""
    return tree.memo("nuget lock", path, lambda: _lock_at(tree, path)) if tree.exists(path) else None


def _lock_at(tree: Tree, path: str) -> Lock | None:
    try:
        value = load(tree.read(path).text)
    except Unread:
        return None
    found = "" if isinstance(value, Unparsable) else read_lock(value)
    return found if isinstance(found, Lock) else None

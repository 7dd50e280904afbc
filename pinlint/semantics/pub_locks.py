"""pubspec.lock as pub reads it: every package with the source that it comes from.

Must not know how firm an entry is. Source: dart-lang/pub, lock_file.dart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact, KeyPath, Span
from pinlint.syntax.plain_yaml import load
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Locked", "lock_at", "packages"]

LOCK = "pubspec.lock"
_GET = "run `dart pub get` (`flutter pub get` in a Flutter project)"
_conflict = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE).search


class Locked(NamedTuple):
    """A package: its source (hosted, git, path, sdk), version, what the lock says of the source, and its place."""

    name: str
    source: str
    version: str
    said: dict[str, str]
    place: KeyPath


def packages(document: Document) -> list[Locked] | Fact:
    """The packages of a lock, or why it cannot be read."""
    text = document.text
    if found := _conflict(text):
        return Fact("unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; resolve pubspec.yaml, then {_GET}")
    try:
        roots = load(text)
    except Unparsable as error:
        at = min(error.offset, len(text))
        return Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{error}; {_GET}")
    lock = roots[0] if roots and isinstance(roots[0], dict) else {}
    listed = lock.get("packages")
    if not isinstance(listed, dict):
        if "sdks" in lock and listed in (None, "", "{}"):
            return []
        return Fact("unreadable-lock", Span(0, min(1, len(text))), f"it has no packages; {_GET}")
    return [_locked(str(name), entry) for name, entry in listed.items()]


def _locked(name: str, entry: object) -> Locked:
    said = {key: value for key, value in entry.items() if isinstance(value, str)} if isinstance(entry, dict) else {}
    description = entry.get("description") if isinstance(entry, dict) else None
    below = {key: value for key, value in description.items() if isinstance(value, str)} if isinstance(description, dict) else {}
    place = KeyPath((0, "packages", name))
    return Locked(name, said.get("source", ""), said.get("version", ""), below, place)


def lock_at(tree: Tree, path: str) -> dict[str, Locked] | None:
    """The packages of the lock at a path by name; None where none is, or none that can be read."""
    return tree.memo("pub lock", path, lambda: _lock_at(tree, path)) if tree.exists(path) else None


def _lock_at(tree: Tree, path: str) -> dict[str, Locked] | None:
    try:
        found = packages(tree.read(path))
    except Unread:
        return None
    return None if isinstance(found, Fact) else {one.name: one for one in found}

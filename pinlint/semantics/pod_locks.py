"""Podfile.lock as CocoaPods reads it: the pods with their versions, and the places outside its repositories that some come from.

Must not know how firm an entry is. Source: CocoaPods/Core, lockfile.rb.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.model import Fact, KeyPath, Span
from pinlint.syntax.plain_yaml import load
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Lock", "Pod", "checksum_of", "read_lock"]

LOCK = "Podfile.lock"
_INSTALL = "run `pod install`"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search
_pod = re.compile(r"(\S+)(?: \(([^()]*)\))?").fullmatch
_checksum = re.compile(r"^PODFILE CHECKSUM: ([0-9a-f]{40})[ \t]*\r?$", re.MULTILINE).search


class Pod(NamedTuple):
    """A pod: its version, where it comes from if that is said (`git`, `path`, `commit`, …), and its place."""

    name: str
    version: str
    source: dict[str, str]
    place: KeyPath


class Lock(NamedTuple):
    """`servers` are the repositories of podspecs, with their places."""

    pods: list[Pod]
    servers: list[tuple[str, KeyPath]]


def read_lock(document: Document) -> Lock | Fact:
    """What a lock says, or why it cannot be read."""
    text = document.text
    if found := _conflict(text):
        return Fact(
            "unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; resolve the Podfile, then {_INSTALL}"
        )
    try:
        roots = load(text)
    except Unparsable as error:
        at = min(error.offset, len(text))
        return Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{error}; {_INSTALL}")
    lock = roots[0] if roots and isinstance(roots[0], dict) else {}
    if "PODFILE CHECKSUM" not in lock and "PODS" not in lock:
        return Fact("unreadable-lock", Span(0, min(1, len(text))), f"it has neither pods nor a checksum of a Podfile; {_INSTALL}")
    return Lock(_pods(lock), [(str(one), KeyPath((0, "SPEC REPOS", one))) for one in _table(lock, "SPEC REPOS")])


def _pods(lock: dict[str, Any]) -> list[Pod]:
    sources, checked_out, listed = _table(lock, "EXTERNAL SOURCES"), _table(lock, "CHECKOUT OPTIONS"), lock.get("PODS")
    made: dict[str, Pod] = {}
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        text = next(iter(one), "") if isinstance(one, dict) else one
        found = _pod(text) if isinstance(text, str) else None
        if not found:
            continue
        name = found[1].partition("/")[0]  # what is below a pod comes with it
        source = {**_options(sources.get(name)), **_options(checked_out.get(name))}
        keys: tuple[str | int, ...] = (0, "PODS", number)
        made.setdefault(name, Pod(name, found[2] or "", source, KeyPath((*keys, text) if isinstance(one, dict) else keys)))
    return list(made.values())


def _table(lock: dict[str, Any], key: str) -> dict[str, Any]:
    found = lock.get(key)
    return found if isinstance(found, dict) else {}


def _options(found: Any) -> dict[str, str]:
    """`:git: url` and the like, without the colons before the keys."""
    return {key.lstrip(":"): value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def checksum_of(tree: Tree, path: str) -> str:
    """The SHA-1 sum of the Podfile from which the lock at a path was made; "" where it holds none or cannot be read."""
    try:
        text = tree.read(path).text
    except Unread:
        return ""
    found = None if _conflict(text) else _checksum(text)
    return found[1] if found else ""

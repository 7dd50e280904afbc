"""Package.resolved, versions 1 to 3: the packages that SwiftPM or Xcode has chosen, each with its commit.

Must not know how firm a pin is. Source: swift-package-manager, PackageGraph/ResolvedPackagesStore.swift.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.model import Fact, KeyPath, Span
from pinlint.syntax.json import Unparsable, load
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Pin", "lock_of", "pins"]

LOCK = "Package.resolved"
_RESOLVE = "run `swift package resolve`, or resolve the packages in Xcode"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


class Pin(NamedTuple):
    """A package: its identity, where it comes from ("" = a registry), version ("" = a branch or a commit), commit, and place."""

    identity: str
    location: str
    version: str
    revision: str
    is_local: bool
    place: KeyPath


def pins(document: Document) -> list[Pin] | Fact:
    """The pins of a lock, or why it cannot be read."""
    text = document.text
    if found := _conflict(text):
        return Fact("unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; take either side, then {_RESOLVE}")
    lock = load(text)
    if isinstance(lock, Unparsable):
        at = min(lock.offset, len(text))
        return Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{lock.reason}; {_RESOLVE}")
    version = lock.get("version") if isinstance(lock, dict) else None
    inner = lock.get("object") if isinstance(lock, dict) and version == 1 else lock
    listed = inner.get("pins") if isinstance(inner, dict) else None
    if version not in (1, 2, 3) or not isinstance(listed, list):
        what = f"version {str(version)[:20]}" if version not in (1, 2, 3) else "no list of pins"
        return Fact("unreadable-lock", Span(0, min(1, len(text))), f"it has {what}, and pinlint reads versions 1 to 3; {_RESOLVE}")
    keys: tuple[str | int, ...] = ("object", "pins") if version == 1 else ("pins",)
    return [pin for number, one in enumerate(listed) if (pin := _pin(one, (*keys, number)))]


def _pin(one: Any, keys: tuple[str | int, ...]) -> Pin | None:
    if not isinstance(one, dict):
        return None
    said = {key: value for key, value in one.items() if isinstance(value, str)}
    state = one.get("state")
    at = {key: value for key, value in state.items() if isinstance(value, str)} if isinstance(state, dict) else {}
    name = "identity" if "identity" in said else "package"
    location = said.get("location", "") or said.get("repositoryURL", "")
    kind = said.get("kind", "")
    is_local = kind == "localSourceControl" or (kind != "registry" and bool(_local(location)))
    source = "" if kind == "registry" else location
    return Pin(
        said.get(name, "?"), source, at.get("version", ""), at.get("revision", ""), is_local, KeyPath((*keys, name), "value")
    )


def lock_of(tree: Tree, path: str) -> str:
    """The lock beside a Package.swift, or one of a workspace of Xcode, which has packages of its repository in it; "" if none."""
    beside = join(path, LOCK)
    if tree.exists(beside):
        return beside
    return next((one for one in tree.named(LOCK) if "/swiftpm/" in f"/{one}"), "")

"""Cargo.lock as Cargo reads it: the crates with their sources, checksums and dependencies, and what ties them to a manifest.

What Cargo writes is read line by line; what somebody edited by hand is TOML. Must not know how firm an entry is.
Source: cargo, resolver/encode.rs and ops/lockfile.rs.
"""

import re
from typing import Any, NamedTuple

from pinlint.model import Fact, KeyPath, Place, Span
from pinlint.syntax.toml_values import Unparsable, load
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Crate", "Lock", "lock_at", "read_lock"]

_NEWEST = 4
_MENDED = "restore it, or run `cargo generate-lockfile`"
_conflict = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE).search
_END = r"\r?\n"
_TEXT = r'"([^"\\\r\n]*)"'
_head = re.compile(rf"(?:#[^\r\n]*{_END})*(?:version = ([0-9]{{1,4}}){_END})?(?:{_END})?").match
_package = re.compile(
    rf"\[\[package\]\]{_END}name = {_TEXT}{_END}version = {_TEXT}{_END}(?:source = {_TEXT}{_END})?(?:checksum = {_TEXT}{_END})?"
    rf'(?:dependencies = \[{_END}((?: "[^"\\\r\n]*",{_END})*+)\]{_END})?(?:{_END}|\Z)'
).match


class Crate(NamedTuple):
    """A locked crate. `dependencies` are `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`; `place` is that of its name."""

    name: str
    version: str
    source: str
    checksum: str
    dependencies: tuple[str, ...]
    place: Place


class Lock(NamedTuple):
    """The crates in the order of the file; `by_name` their numbers."""

    crates: list[Crate]
    by_name: dict[str, list[int]]

    def local(self, name: str) -> list[Crate]:
        """The crates of this name that come from no registry and no repository: those of the workspace."""
        return [self.crates[number] for number in self.by_name.get(name, ()) if not self.crates[number].source]


def lock_at(tree: Tree, path: str) -> Lock | None:
    """The lock at a path; None where none is, or none that can be read."""
    return tree.memo("cargo lock", path, lambda: _lock_at(tree, path)) if tree.exists(path) else None


def _lock_at(tree: Tree, path: str) -> Lock | None:
    try:
        found = read_lock(tree.read(path))
    except Unread:
        return None
    return found if isinstance(found, Lock) else None


def read_lock(document: Document) -> Lock | Fact:
    """What a lock holds, or the fact that Cargo or pinlint cannot read it."""
    crates = _generated(document.text)
    if crates is None:
        found = _by_hand(document)
        if isinstance(found, Fact):
            return found
        crates = found
    by_name: dict[str, list[int]] = {}
    for number, crate in enumerate(crates):
        by_name.setdefault(crate.name, []).append(number)
    return Lock(crates, by_name)


def _generated(text: str) -> list[Crate] | None:
    """The crates of a lock as Cargo writes it since version 2; None if a line does not fit."""
    head = _head(text)
    if not head or not head[1] or not 3 <= int(head[1]) <= _NEWEST:
        return None
    crates, at = [], head.end()
    while found := _package(text, at):
        name, version, source, checksum, below = found.groups()
        names = tuple(re.findall(_TEXT, below)) if below else ()
        start, end = found.span(1)
        crates.append(Crate(name, version, source or "", checksum or "", names, Span(start - 1, end + 1)))
        at = found.end()
    return crates if at == len(text) else None


def _by_hand(document: Document) -> list[Crate] | Fact:
    text = document.text
    if conflict := _conflict(text):
        why = "it holds merge-conflict markers; take either side, then run `cargo update --workspace`"
        return Fact("unreadable-lock", Span(*conflict.span()), why)
    lock = load(text)
    if isinstance(lock, Unparsable):
        return Fact("unreadable-lock", Span(0, min(1, len(text))), f"it is no TOML: {lock}; {_MENDED}")
    version = lock.get("version", 1)
    if not isinstance(version, int) or not 1 <= version <= _NEWEST:
        return Fact(
            "unreadable-lock", Span(0, min(1, len(text))), f"it has version {str(version)[:20]}, and pinlint reads 1 to {_NEWEST}"
        )
    packages = lock.get("package", [])
    sums = _old_sums(lock.get("metadata"))
    root = lock.get("root")
    crates = [] if root is None else [_crate(root, sums, ("root",))]
    crates += [
        _crate(one, sums, ("package", number)) for number, one in enumerate(packages if isinstance(packages, list) else [None])
    ]
    if None in crates:
        return Fact("unreadable-lock", Span(0, min(1, len(text))), f"a package of it has no name and version in text; {_MENDED}")
    return [one for one in crates if one is not None]


def _crate(one: Any, sums: dict[str, str], keys: tuple[str | int, ...]) -> Crate | None:
    if not isinstance(one, dict):
        return None
    name, version, source, checksum = one.get("name"), one.get("version"), one.get("source", ""), one.get("checksum", "")
    below = one.get("dependencies", [])
    if not (isinstance(name, str) and isinstance(version, str) and isinstance(source, str) and isinstance(checksum, str)):
        return None
    if not isinstance(below, list):
        return None
    checksum = checksum or sums.get(f"checksum {name} {version} ({source})", "")
    return Crate(
        name, version, source, checksum, tuple(text for text in below if isinstance(text, str)), KeyPath((*keys, "name"), "value")
    )


def _old_sums(metadata: Any) -> dict[str, str]:
    """The checksums as version 1 has them, apart from the packages."""
    if not isinstance(metadata, dict):
        return {}
    return {key: text for key, text in metadata.items() if isinstance(text, str) and text != "<none>"}

"""MODULE.bazel.lock: the files of registries that Bazel has seen, each with its hash.

Since Bazel 7.2 the lock holds no graph any more, only `registryFileHashes`; before, every module with the sum of its archive.
Must not know how firm an entry is. Source: Bazel, bzlmod/BazelLockFileValue.java.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.model import Fact, KeyPath, Span
from pinlint.syntax.json import Unparsable, load
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Entry", "entries", "lacking"]

LOCK = "MODULE.bazel.lock"
_UPDATE = "run `bazel mod deps --lockfile_mode=update`"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search
_file = re.compile(r"(.*)/modules/([^/]+)/([^/]+)/(MODULE\.bazel|source\.json)").fullmatch
#: What in a .bazelrc names a registry, whose files may have no hash in any lock, or another file that may name one; and what takes
#: the lock out of use, or some modules out of it.
_ELSEWHERE = re.compile(r"--registry[= ]|^\s*(?:try-)?import\s", re.MULTILINE)
_UNUSED = re.compile(r"--lockfile_mode[= ]off\b|--ignore_dev_dependency\b")


class Entry(NamedTuple):
    """A module in a lock: where it comes from, the file of it that is hashed ("" = its archive), the hash, and its place."""

    name: str
    version: str
    source: str
    file: str
    sum: str
    place: KeyPath


def entries(document: Document) -> list[Entry] | Fact:
    """The modules of a lock, or why it cannot be read."""
    text = document.text
    if found := _conflict(text):
        why = f"it holds merge-conflict markers; take either side, then {_UPDATE}"
        return Fact("unreadable-lock", Span(*found.span()), why)
    lock = load(text)
    if isinstance(lock, Unparsable):
        at = min(lock.offset, len(text))
        return Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{lock.reason}; {_UPDATE}")
    if isinstance(lock, dict) and isinstance(lock.get("registryFileHashes"), dict):
        return _hashed(lock["registryFileHashes"])
    if isinstance(lock, dict) and isinstance(lock.get("moduleDepGraph"), dict):
        return _graph(lock["moduleDepGraph"])
    version = lock.get("lockFileVersion") if isinstance(lock, dict) else None
    why = f"of its version {str(version)[:20]} pinlint knows nothing" if version is not None else "it is no lock of Bazel"
    return Fact("unreadable-lock", Span(0, min(1, len(text))), f"{why}; {_UPDATE}")


def _hashed(files: dict[str, Any]) -> list[Entry]:
    """A hash of null is that of a file which is not there."""
    made = []
    for address, hashed in files.items():
        if (found := _file(address)) and hashed is not None:
            sum_ = hashed if isinstance(hashed, str) else ""
            made.append(Entry(found[2], found[3], found[1], found[4], sum_, KeyPath(("registryFileHashes", address))))
    return made


def _graph(modules: dict[str, Any]) -> list[Entry]:
    made = []
    for key, module in modules.items():
        rule = module.get("repoSpec") if isinstance(module, dict) else None
        said = rule.get("attributes") if isinstance(rule, dict) else None
        if isinstance(said, dict) and isinstance(said.get("urls"), list):
            name, _, version = key.partition("@")
            integrity = said.get("integrity")
            sum_ = integrity if isinstance(integrity, str) else ""
            made.append(Entry(name, version, "", "", sum_, KeyPath(("moduleDepGraph", key))))
    return made


def lacking(tree: Tree, path: str, asked: list[tuple[str, str, Span]]) -> list[tuple[str, str, Span]]:
    """Those (name, version, place) of a MODULE.bazel at a path that the lock beside it has never seen; none where it cannot be
    told. Files of a registry on this machine have no hash, so a module of which nothing is known may be of one."""
    lock = join(path, LOCK)
    seen = tree.memo("bazel lock", lock, lambda: _seen(tree, lock)) if asked and tree.exists(lock) else None
    if not seen:
        return []
    settings = _settings(tree, join(path, ".bazelrc"))
    if _UNUSED.search(settings):
        return []
    elsewhere = _ELSEWHERE.search(settings) is not None
    return [one for one in asked if one[:2] not in seen and (not elsewhere or (one[0], "") in seen)]


def _seen(tree: Tree, lock: str) -> frozenset[tuple[str, str]]:
    """(name, version) of each module, and (name, "") beside each."""
    try:
        found = entries(tree.read(lock))
    except Unread:
        return frozenset()
    if isinstance(found, Fact):
        return frozenset()
    modules = {(one.name, one.version) for one in found if one.file == "MODULE.bazel"}  # an old lock has chosen versions only
    return frozenset(modules | {(name, "") for name, _ in modules})


def _settings(tree: Tree, path: str) -> str:
    """The settings of Bazel at a path; what cannot be read may say anything."""
    if not tree.exists(path):
        return ""
    try:
        return tree.read(path).text
    except Unread:
        return "--lockfile_mode=off"

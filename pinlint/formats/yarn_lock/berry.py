"""The lock of yarn 2 and later: which entries it fetches, from where, and what it checks them by.

Its checksums are of yarn's own archives, so that they say nothing to anybody else, and nothing to a yarn that packs otherwise: the
key before them says how. Source: @yarnpkg/core, Project.ts and Cache.ts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import parted
from pinlint.ecosystems.url.names import origin
from pinlint.model import Fact, KeyPath, Reference
from pinlint.semantics.js_agreement import workspaces_as_locked
from pinlint.semantics.npm_locked import Locked, transport
from pinlint.syntax.plain_yaml import load
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_NEWEST = 10  # of `__metadata.version`
_sum = re.compile(r"(?:([^/]*)/)?([0-9a-f]{128})").fullmatch
_LOCAL = {"workspace": "workspace", "link": "linked package", "portal": "linked package", "exec": "generated package"}
_WHY = {"workspace": "a directory of the project itself", "exec": "a script of the project makes it"}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The entries of a lock, in the order of the file. Raises Unparsable."""
    roots = load(document.text)
    lock = roots[0] if roots and isinstance(roots[0], dict) else {}
    metadata = lock.get("__metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    version, key = (value if isinstance(value := metadata.get(name), str) else "" for name in ("version", "cacheKey"))
    if not version.isdecimal() or len(version) > 9:
        raise Unparsable("its `__metadata` has no version", 0)
    if int(version) > _NEWEST:
        raise Unparsable(f"it has version {version}, and pinlint reads up to {_NEWEST}", 0)
    yield from workspaces_as_locked(document, tree, lock)
    for name, entry in lock.items():
        if name != "__metadata":
            yield from _entry(name, entry if isinstance(entry, dict) else {}, key)


def _entry(key: str, entry: dict[str, Any], cache_key: str) -> Iterator[Reference | Fact]:
    version, resolution, checksum = (
        value if isinstance(value := entry.get(name), str) else "" for name in ("version", "resolution", "checksum")
    )
    name, spec = parted(resolution)
    one = Locked("yarn", KeyPath((0, key)), name or parted(key.partition(", ")[0])[0] or key, version)
    if not name or not spec:
        yield one.reference("unknown", "its entry has no resolution, so yarn refuses it")._replace(refused=True)
        return
    usual = spec[:4] == "npm:" and "::" not in spec and entry.get("linkType") == "hard"
    if usual and checksum.startswith(f"{cache_key}/") and _sum(checksum):  # as nearly all are, with the least work
        yield one.reference("digest", "", (checksum,))
        return
    protocol, _, rest = spec.partition(":")
    if protocol in _LOCAL or entry.get("linkType") == "soft":
        path = rest.partition("::")[0].partition("#")[0]
        yield one.local(_WHY.get(protocol) or f"the directory {path}", _LOCAL.get(protocol, "linked package"))
        return
    address, _, binding = spec.partition("::")
    if "__archiveUrl=" in binding:
        from urllib.parse import unquote

        address = unquote(binding.partition("__archiveUrl=")[2].partition("&")[0])
    yield from transport(one.name, address, KeyPath((0, key, "resolution"), "value"))
    commit = re.search(r"#(?:.*&)?commit=([^&:#]*)", address)
    if commit:
        yield one.by_commit(commit[1], origin(address))
    else:
        yield _by_checksum(one, address, checksum, cache_key, "conditions" in entry)


def _by_checksum(one: Locked, address: str, checksum: str, cache_key: str, conditional: bool) -> Reference:
    source, by_url = origin(address), address.startswith(("http:", "https:"))
    if checksum:
        found = _sum(checksum)
        if not found:
            why = "the checksum is no sha512 in hex, so no archive can ever match it"
            return one.reference("version", why, (checksum,), source)
        if found[1] is not None and found[1] != cache_key:
            why = f"the checksum is of archives of the kind {found[1][:20]}, this lock's are {cache_key[:20]}, so yarn ignores it"
            return one.reference("version", why, (checksum,), source)
        return one.reference("digest", "", (checksum,), source)
    if conditional:
        why = "yarn keeps no checksum of what only other platforms need, unless supportedArchitectures names them"
        return one.reference("unknown", why, (), source)
    if address.startswith("file:"):
        return one.local(f"the file {address[5:].partition('#')[0]}", "linked package")
    return one.unchecked(source, by_url=by_url)

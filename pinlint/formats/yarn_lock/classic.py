"""The lock of yarn 1: which entries it fetches, from where, and what it checks them by.

yarn 1 installs what has no hash without a word. Source: yarn 1.22, src/lockfile/index.js, src/fetchers/tarball-fetcher.js.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import is_name, parted, specifier
from pinlint.ecosystems.url.names import origin
from pinlint.model import Fact, KeyPath, Reference
from pinlint.semantics.js_agreement import patterns_asked_for
from pinlint.semantics.npm_locked import Locked, plain_origin, transport
from pinlint.syntax.syml import load
from pinlint.text import Unparsable
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_VERSION = r"^# *yarn lockfile v(\d+) *\r?$"
_FIELDS = ("version", "resolved", "integrity", "name")
_sha512 = re.compile(r"sha512-[A-Za-z0-9+/]{85}[AQgw]==").fullmatch
_sha1 = re.compile(r"[0-9a-f]{40}").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The entries of a lock, each once, in the order of the file. Raises Unparsable."""
    written = re.compile(_VERSION, re.MULTILINE).search(document.text)
    if written and int(written[1][:9]) > 1:
        raise Unparsable(f"it is of version {written[1][:20]}, which no yarn writes", written.start())
    lock = load(document.text)
    yield from patterns_asked_for(document, tree, lock)
    seen: set[int] = set()
    servers: dict[str, str] = {}
    for pattern, entry in lock.items():
        if id(entry) in seen:
            continue
        seen.add(id(entry))
        resolved, integrity, version = entry.get("resolved"), entry.get("integrity"), entry.get("version")
        if type(resolved) is type(integrity) is type(version) is str and version and "name" not in entry and _sha512(integrity):
            start = resolved[: resolved.find("/", 8)]
            source = servers.get(start) or servers.setdefault(start, plain_origin(start))
            if source and ".git" not in resolved:
                yield _plain(pattern, version, integrity, source)
                continue
        yield from _entry(document, tree, pattern, entry)


def _plain(pattern: str, version: str, integrity: str, source: str) -> Reference:
    """A package of a server, with one sha512: as nearly all are, with the least work."""
    name, spec = parted(pattern)
    if spec.startswith("npm:"):
        name = parted(spec[4:])[0] or name
    return Locked("yarn", KeyPath((pattern,)), name or pattern, version).reference("digest", "", (integrity,), source)


def _entry(document: Document, tree: Tree, pattern: str, entry: dict[str, Any]) -> Iterator[Reference | Fact]:
    version, resolved, integrity, named = (_field(entry, name) for name in _FIELDS)
    name, spec = parted(pattern)
    if spec.startswith("npm:"):
        name = parted(spec[4:])[0] or name
    one = Locked("yarn", KeyPath((pattern,)), named if is_name(named) else name or pattern, version)
    if not version and not resolved:
        yield one.reference("unknown", "its entry has neither a version nor a place to fetch it from")
        return
    address, _, fragment = resolved.partition("#")
    asked = specifier(spec)
    if not resolved:
        yield _without_address(one, asked.kind, spec, integrity)
        return
    yield from transport(one.name, address, KeyPath((pattern, "resolved"), "value"))
    if "://" not in address and not address.startswith("git@"):
        yield _file(one, document, tree, address, fragment, integrity)
    elif address.endswith(".git") or specifier(resolved).kind == "git":
        yield one.by_commit(fragment, origin(address))
    else:
        by_url = asked.kind not in ("registry", "alias")
        found = _tarball(
            one.at(address, integrity) if by_url else one.by_integrity(integrity, origin(address)), fragment, integrity
        )
        lacks = not by_url and bool(version) and found.verdict in ("version", "weak-digest")
        place = KeyPath((pattern, "integrity" if "integrity" in entry else "resolved"), "value")
        yield found._replace(site=place, notation="yarn-integrity") if lacks else found


def _without_address(one: Locked, kind: str, spec: str, integrity: str) -> Reference:
    if kind == "directory" or spec.startswith(("link:", "portal:", "workspace:")):
        return one.local(f"the directory {spec.partition(':')[2] or spec}", "linked package")
    return one.by_integrity(integrity, "")


def _file(one: Locked, document: Document, tree: Tree, address: str, fragment: str, integrity: str) -> Reference:
    """A tarball of this repository, or of the folder in which yarn keeps what it has fetched once."""
    path = address.removeprefix("file:")
    if tree.exists(join(document.path, path)):
        return one.local(f"the tarball {path} in the repository", "locked package")
    return _tarball(one.by_integrity(integrity, ""), fragment, integrity)


def _tarball(found: Reference, fragment: str, integrity: str) -> Reference:
    """What the sha1 behind the address adds where there is no integrity."""
    if integrity or not fragment or found.verdict == "digest":
        return found
    if _sha1(fragment):
        why = "its only hash is the sha1 behind the address, which can be forged"
        return found._replace(verdict="weak-digest", digests=(fragment,), why=why)
    return found


def _field(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""

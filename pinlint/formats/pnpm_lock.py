"""pnpm-lock.yaml, lockfileVersion 5, 6 and 9: which packages pnpm fetches, from where, and what it checks them by.

Only `packages` names bytes; `importers` say what was asked for when the lock was made, `snapshots` who gets which package.
Source: pnpm, @pnpm/lockfile.types and @pnpm/lockfile.utils.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import parted
from pinlint.ecosystems.url.names import origin
from pinlint.model import STRENGTH, Fact, KeyPath, Reference, Span
from pinlint.semantics.js_agreement import importers_as_locked
from pinlint.semantics.npm_locked import Locked, conflict, transport
from pinlint.syntax.plain_yaml import load
from pinlint.text import Unparsable
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITE = "write it again with `pnpm install --lockfile-only`"
_PASSED = frozenset(("snapshots", "time"))
_version = re.compile(r"(?:5(?:\.\d+)?|6\.[01]|9\.0)").fullmatch
_old_key = re.compile(r"/((?:@[^/@]+/)?[^/@]+)/([^/_]+)(?:_.*)?").fullmatch
_sha512 = re.compile(r"sha512-[A-Za-z0-9+/]{85}[AQgw]==").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package of the lock, in the order of the file, and what it disagrees about with the manifests."""
    if found := conflict(document.text):
        why = "it holds merge-conflict markers; resolve them with `pnpm install --lockfile-only`"
        yield Fact("unreadable-lock", Span(*found.span()), why)
        return
    try:
        roots = load(document.text, _PASSED, once=True)
        locks = [_checked(root) for root in roots or [None]]
    except Unparsable as error:
        at = min(error.offset, len(document.text))
        yield Fact("unreadable-lock", Span(at, min(at + 1, len(document.text))), f"{error}; restore it, or {_WRITE}")
        return
    for number, lock in enumerate(locks):
        if number == len(locks) - 1:  # the others are of pnpm itself and its plugins
            yield from importers_as_locked(document, tree, lock, number)
        packages = lock.get("packages")
        for key, entry in packages.items() if isinstance(packages, dict) else ():
            yield from _entry(document, tree, (number, "packages", key), key, entry)


def _checked(lock: Any) -> dict[str, Any]:
    """A document, if it is a lock that pinlint understands. Raises Unparsable."""
    if not isinstance(lock, dict):
        raise Unparsable("it holds no keys", 0)
    version = lock.get("lockfileVersion")
    if not isinstance(version, str) or not _version(version):
        said = f"it has lockfileVersion {version[:20]}" if isinstance(version, str) else "it has no lockfileVersion"
        raise Unparsable(f"{said}, and pinlint reads 5, 6 and 9", 0)
    return lock


def _entry(document: Document, tree: Tree, keys: tuple[str | int, ...], key: str, value: Any) -> Iterator[Reference | Fact]:
    entry = value if isinstance(value, dict) else {}
    resolution = entry.get("resolution")
    place = KeyPath(keys)
    name, version = _identity(key, entry)
    one = Locked("pnpm", place, name or key, version)
    if not isinstance(resolution, dict):
        yield one.reference("unknown", "its entry has no resolution, so pnpm refuses it")._replace(refused=True)
        return
    integrity = resolution.get("integrity")
    if type(integrity) is str and len(resolution) == 1 and _sha512(integrity):
        yield one.reference("digest", "", (integrity,))
    else:
        yield from _resolved(one, document, tree, keys, resolution)


def _identity(key: str, entry: dict[str, Any]) -> tuple[str, str]:
    """(name, version) of a package, from its entry or its key: `/n/1.0.0_peers`, `/n@1.0.0(peers)`, `n@1.0.0`, `host/path`."""
    named, version = entry.get("name"), entry.get("version")
    text = key.partition("(")[0]
    if old := _old_key(text):
        name, asked = old.groups()
    else:
        name, asked = parted(text.removeprefix("/"))
    if not isinstance(version, str) or not version:
        version = asked if ":" not in asked and "/" not in asked else ""
    return (named if isinstance(named, str) and named else name), version


def _resolved(
    one: Locked, document: Document, tree: Tree, keys: tuple[str | int, ...], resolution: dict[str, Any]
) -> Iterator[Reference | Fact]:
    said = {name: value for name, value in resolution.items() if isinstance(value, str)}
    kind, integrity, tarball = said.get("type", ""), said.get("integrity", ""), said.get("tarball", "") or said.get("url", "")
    place = KeyPath((*keys, "resolution"))
    if kind == "directory":
        yield one.local(f"the directory {said.get('directory', '')}", "linked package")
    elif kind == "git":
        repository = said.get("repo", "")
        yield from transport(one.name, repository, place)
        yield one.by_commit(said.get("commit", ""), origin(repository))
    elif kind == "variations":
        yield _weakest(one, resolution.get("variants"))
    elif kind.startswith("custom:"):
        yield one.reference("unknown", f"a plugin of pnpm fetches what is of the kind {kind[:40]}")
    elif tarball.startswith("file:"):
        yield _file(one, document, tree, tarball[5:], integrity)
    else:
        yield from transport(one.name, tarball, place)
        found = one.by_integrity(integrity, origin(tarball)) if integrity or not tarball else one.at(tarball, "")
        lacks = found.verdict in ("floating", "version", "weak-digest") and _of_a_registry(str(keys[-1]), one)
        yield found._replace(site=place._replace(part="value"), notation="pnpm-integrity") if lacks else found


def _of_a_registry(key: str, one: Locked) -> bool:
    """Whether a key names the package and its version, and with that all that a registry has to be asked for."""
    text = key.partition("(")[0]
    if not text.startswith("/") and _old_key(f"/{text}"):  # it begins with a host
        return False
    return bool(one.version) and _identity(key, {}) == (one.name, one.version)


def _file(one: Locked, document: Document, tree: Tree, path: str, integrity: str) -> Reference:
    found = one.by_integrity(integrity, "")
    if found.verdict != "digest" and tree.exists(join(document.path, path)):
        return one.local(f"the tarball {path} in the repository", "locked package")
    if not integrity:
        return one.reference("unknown", "the tarball is not in the repository, and no integrity says which one is meant")
    return found


def _weakest(one: Locked, variants: Any) -> Reference:
    """One of several archives is installed, as the machine is: the one that is known worst counts."""
    judged: list[Reference] = []
    for variant in variants if isinstance(variants, list) else []:
        inner = variant.get("resolution") if isinstance(variant, dict) else None
        integrity, url = (inner.get("integrity"), inner.get("url")) if isinstance(inner, dict) else (None, None)
        judged.append(
            one.by_integrity(integrity if isinstance(integrity, str) else "", origin(url if isinstance(url, str) else ""))
        )
    if not judged:
        return one.reference("unknown", "its entry names no archive, so pnpm refuses it")._replace(refused=True)
    return min(judged, key=lambda found: STRENGTH[found.verdict])

"""deno.lock, versions 2 to 5: packages of npm and JSR, and modules by their address, with what Deno checks them by.

Deno installs a package of npm that has no hash without a word, also with `--frozen`. Source: denoland/deno_lockfile; Deno 2.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import parted
from pinlint.ecosystems.url.names import origin, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.js_agreement import packages_of_deno
from pinlint.semantics.npm_locked import Locked, conflict, transport
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITE = "write it again with `deno install`"
_JSR = "https://jsr.io"
_sha256 = re.compile("[0-9a-f]{64}").fullmatch
_Keys = tuple[str, ...]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package and module of the lock, and what it disagrees about with the manifest beside it."""
    if found := conflict(document.text):
        why = "it holds merge-conflict markers; resolve them with `deno install`"
        yield Fact("unreadable-lock", Span(*found.span()), why)
        return
    lock = load(document.text)
    if isinstance(lock, Unparsable):
        span = Span(lock.offset, min(lock.offset + 1, len(document.text)))
        yield Fact("unreadable-lock", span, f"{lock.reason}; restore it, or {_WRITE}")
    elif not isinstance(lock, dict) or lock.get("version") not in ("2", "3", "4", "5"):
        said = repr(lock.get("version"))[:20] if isinstance(lock, dict) else "none"
        yield Fact("unreadable-lock", Span(0, 1), f"its version is {said}, and pinlint reads 2 to 5; {_WRITE}")
    else:
        yield from packages_of_deno(document, tree, lock)
        yield from _npm(lock)
        yield from _jsr(lock)
        yield from _modules(lock)


def _table(lock: dict[str, Any], keys: _Keys) -> dict[str, Any]:
    """The object that keys lead to; empty if they do not."""
    for key in keys:
        lock = lock.get(key, {})
        if not isinstance(lock, dict):
            return {}
    return lock


def _entries(lock: dict[str, Any], places: tuple[_Keys, ...]) -> Iterator[tuple[_Keys, str, dict[str, Any]]]:
    for keys in places:
        for key, entry in _table(lock, keys).items():
            if isinstance(entry, dict):
                yield (*keys, key), key, entry


def _npm(lock: dict[str, Any]) -> Iterator[Reference | Fact]:
    at: tuple[_Keys, ...] = (("npm",),)
    if lock["version"] in ("2", "3"):
        at = (("npm", "packages"), ("packages", "npm"))
    for keys, key, entry in _entries(lock, at):
        name, version = parted(key)
        integrity, address = (value if isinstance(value := entry.get(field), str) else "" for field in ("integrity", "tarball"))
        one = Locked("Deno", KeyPath(keys), name or key, version.partition("_")[0])
        yield from transport(one.name, address, KeyPath(keys))
        yield one.by_integrity(integrity, origin(address))


def _jsr(lock: dict[str, Any]) -> Iterator[Reference]:
    """Packages of JSR, under the names by which npm gets them, too."""
    for keys, key, entry in _entries(lock, (("jsr",), ("packages", "jsr"))):
        scope, _, last = parted(key)[0].rpartition("/")
        name = f"@jsr/{scope.removeprefix('@')}__{last}" if scope else key
        one = Locked("Deno", KeyPath(keys), name, parted(key)[1])
        integrity = entry.get("integrity")
        if isinstance(integrity, str) and _sha256(integrity):
            yield one.reference("digest", "", (integrity,), _JSR)
        elif isinstance(integrity, str) and integrity:
            yield one.reference("version", "the integrity is no sha256 in hex, so no package can ever match it", (integrity,), _JSR)
        else:
            yield one.unchecked(_JSR)


def _modules(lock: dict[str, Any]) -> Iterator[Reference | Fact]:
    """Modules that are imported by their address."""
    for address, digest in _table(lock, ("remote",)).items():
        if not address:
            continue
        place = KeyPath(("remote", address))
        shown = without_credentials(address)
        yield from transport(shown, address, place)
        sound = isinstance(digest, str) and _sha256(digest)
        why = "" if sound else "the hash is no sha256 in hex, so no module can ever match it"
        digests = (digest,) if isinstance(digest, str) and digest else ()
        yield Reference(
            Artifact("url", shown, origin(address)), "", digests, "digest" if sound else "floating", place, "locked module", why
        )

"""bun.lock: which packages bun fetches, from where, and what it checks them by.

Each entry is a list whose first element says of which kind it is. bun reads no lock in which an entry of the registry lacks its
hash, and installs what has an empty one. Source: oven-sh/bun, src/install/lockfile/bun.lock.zig; bun 1.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import parted, strongest
from pinlint.ecosystems.url.names import origin
from pinlint.model import Fact, KeyPath, Reference, Span
from pinlint.semantics.js_agreement import workspaces_of_bun
from pinlint.semantics.npm_locked import Locked, conflict, transport
from pinlint.syntax.json import Unparsable
from pinlint.syntax.jsonc import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITE = "write it again with `bun install --lockfile-only`"
_IGNORES = "so bun refuses the lock, or without `--frozen-lockfile` ignores all of it"
_WHERE = {"workspace": "workspace", "root": "workspace", "link": "linked package", "file": "linked package"}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package of the lock, in the order of the file, and what it disagrees about with the manifests."""
    if found := conflict(document.text):
        why = "it holds merge-conflict markers; resolve them with `bun install --lockfile-only`"
        yield Fact("unreadable-lock", Span(*found.span()), why)
        return
    lock = load(document.text)
    packages = lock.get("packages", {}) if isinstance(lock, dict) else None
    if isinstance(lock, Unparsable):
        span = Span(lock.offset, min(lock.offset + 1, len(document.text)))
        yield Fact("unreadable-lock", span, f"{lock.reason}; restore it, or {_WRITE}")
    elif not isinstance(lock, dict) or not isinstance(packages, dict):
        yield Fact("unreadable-lock", Span(0, 0), f"it holds no object with `packages`; {_WRITE}")
    elif lock.get("lockfileVersion") not in (0, 1, 2):
        said = str(lock.get("lockfileVersion"))[:20]
        yield Fact("unreadable-lock", Span(0, 1), f"it has lockfileVersion {said}, and pinlint reads 0 to 2; {_WRITE}")
    else:
        yield from _twice(document, packages)
        yield from workspaces_of_bun(document, tree, lock)
        for key, entry in packages.items():
            yield from _entry(key, entry)


def _twice(document: Document, packages: dict[str, Any]) -> Iterator[Fact]:
    """A fact for a key that comes twice, as bun writes the lines of a lock."""
    keys = re.findall(r'^    "((?:[^"\\\n]|\\.)*)": \[', document.text, re.MULTILINE)
    if len(keys) > len(packages) and (twice := next((key for key in packages if keys.count(key) > 1), "")):
        yield Fact("unreadable-lock", KeyPath(("packages", twice)), f"{twice} comes twice, {_IGNORES}; {_WRITE}")


def _entry(key: str, entry: Any) -> Iterator[Reference | Fact]:
    place = KeyPath(("packages", key))
    if not isinstance(entry, list) or not entry or not isinstance(entry[0], str) or not parted(entry[0])[0]:
        yield Locked("bun", place, key, "").reference("unknown", "its entry names no package")
        return
    name, spec = parted(entry[0])
    kind, _, rest = spec.partition(":")
    texts = [value if isinstance(value, str) else "" for value in (*entry[1:], "", "", "")]
    one = Locked("bun", place, name, "")
    if kind in _WHERE:
        why = "a directory of the project itself" if kind in ("workspace", "root") else f"{rest or name} in the repository"
        yield one.local(why, _WHERE[kind])
    elif "#" in spec or kind in ("github", "git", "git+ssh", "git+https"):
        yield from _repository(one, spec, texts[2])
    elif "://" in spec:
        yield from transport(name, spec, place)
        yield one.by_integrity(texts[1], origin(spec), by_url=True)
    else:
        yield from transport(name, texts[0], place)
        yield from _package(one._replace(version=spec), texts[0], texts[2], len(entry))


def _repository(one: Locked, spec: str, integrity: str) -> Iterator[Reference | Fact]:
    yield from transport(one.name, spec.removeprefix("git+"), one.place)
    if integrity:
        yield one.by_integrity(integrity, origin(spec.removeprefix("git+")), by_url=True)
        return
    ref = spec.partition("#")[2]
    found = one.by_commit(ref, origin(spec.removeprefix("git+")))
    if found.verdict == "floating" and re.fullmatch("[0-9a-f]{6,39}", ref):
        why = f"{ref} is the beginning of a commit, and nothing says which bytes belong to it"
        found = found._replace(verdict="tag", digests=(ref,), why=why)
    yield found


def _package(one: Locked, registry: str, integrity: str, length: int) -> Iterator[Reference | Fact]:
    """A package of a registry. An empty hash is one that bun could not learn, and checks nothing by."""
    if length < 4 or (integrity and strongest(integrity)[0] in ("", "md5")):
        what = "has no hash" if length < 4 else "has a hash that bun does not know"
        yield Fact("unreadable-lock", one.place, f"{one.name} {what}, {_IGNORES}; {_WRITE}")
        yield one.reference("unknown", f"it {what}, so bun does not read the lock", source=origin(registry))
    else:
        found = one.by_integrity(integrity, origin(registry))
        place = KeyPath((*one.place.keys, 3), "value") if isinstance(one.place, KeyPath) else None
        yield found if found.verdict == "digest" else found._replace(site=place, notation="bun-integrity")

"""composer.lock: every package with the commit or the sum of its archive. composer.json, beside it, is judged too.

Knows what Composer checks: a SHA-1 sum where there is one, which is hardly ever; the commit in the address of an archive says the
rest. Source: Composer, Package/Locker.php and Downloader/FileDownloader.php.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.composer.names import distribution_verdict, source_verdict
from pinlint.ecosystems.url.names import is_insecure, origin, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_Json = dict[str, Any]
_ROLE = "locked package"
_MENDED = "restore it, or run `composer update --lock`"
_conflict = re.compile(r"^<{7} ", re.MULTILINE).search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package; a fact for each archive or repository that is fetched without TLS."""
    lock = load(document.text)
    if isinstance(lock, Unparsable):
        yield _unreadable(document.text, lock)
        return
    if not isinstance(lock, dict) or not isinstance(lock.get("packages"), list):
        yield Fact(
            "unreadable-lock",
            Span(0, min(1, len(document.text))),
            f"it has no list of packages, so Composer takes it for none; {_MENDED}",
        )
        return
    for group in ("packages", "packages-dev"):
        listed = lock.get(group)
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            yield from _package(entry, (group, number))


def _unreadable(text: str, error: Unparsable) -> Fact:
    if conflict := _conflict(text):
        why = "it holds merge-conflict markers; take either side, then run `composer update --lock`"
        return Fact("unreadable-lock", Span(*conflict.span()), why)
    return Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(text))), f"{error.reason}; {_MENDED}")


def _package(entry: Any, keys: tuple[str | int, ...]) -> Iterator[Reference | Fact]:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        yield Fact("unreadable-lock", KeyPath(keys), f"a package of it has no name; {_MENDED}")
        return
    place, version = KeyPath((*keys, "name"), "value"), _text(entry, "version")
    dist, source = _object(entry, "dist"), _object(entry, "source")
    artifact = Artifact("composer", name.lower(), origin(_text(dist, "url") or _text(source, "url")))
    verdict, digests, why = _verdict(entry, version, dist, source)
    for key, where in (("dist", dist), ("source", source)):
        address = _text(where, "url")
        if is_insecure(address) and verdict != "local" and (key == "dist" or not dist):
            told = f"{name} is fetched from {without_credentials(address)} without TLS"
            yield Fact("insecure-transport", KeyPath((*keys, key, "url"), "value"), told)
    yield Reference(artifact, version, digests, verdict, place, _ROLE, why)


def _verdict(entry: _Json, version: str, dist: _Json, source: _Json) -> tuple[str, tuple[str, ...], str]:
    if entry.get("type") == "metapackage":
        return "local", (), "a metapackage, of which nothing is fetched"
    if _text(dist, "type") == "path":
        return "local", (), "a directory of this repository or machine"
    if dist:
        return distribution_verdict(version, _text(dist, "reference"), _text(dist, "url"), _text(dist, "shasum"))
    if source:
        return source_verdict(_text(source, "type"), _text(source, "reference"))
    return "unknown", (), "the lock does not say where it comes from"


def _object(value: _Json, field: str) -> _Json:
    found = value.get(field)
    return found if isinstance(found, dict) else {}


def _text(value: _Json, field: str) -> str:
    """A text, or the digits of a number: versions may be written so."""
    found = value.get(field)
    return (
        str(found)[:200]
        if isinstance(found, int | float) and not isinstance(found, bool)
        else found
        if isinstance(found, str)
        else ""
    )

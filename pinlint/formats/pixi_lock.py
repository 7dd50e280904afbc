"""pixi's lock, versions 4 to 7: every package of conda and of Python, once for all environments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.model import Fact, KeyPath, Span
from pinlint.semantics.conda_packages import Entry, judged
from pinlint.syntax.plain_yaml import load
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_VERSIONS = ("4", "5", "6", "7")
#: The keys of entries by the kind of package, and where the address stands.
_KINDS = ("conda", "pypi", "conda_source")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package."""
    if conflict := re.search(r"^(?:<{7}|>{7})(?: |$)", document.text, re.MULTILINE):
        yield Fact("unreadable-lock", Span(*conflict.span()), "it holds merge-conflict markers; resolve them, then run `pixi lock`")
        return
    try:
        roots = load(document.text)
    except Unparsable as error:
        yield Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(document.text))), f"{error}; run `pixi lock`")
        return
    lock = roots[0] if roots and isinstance(roots[0], dict) else {}
    if lock.get("version") not in _VERSIONS:
        found = f"version {str(lock['version'])[:20]}" if "version" in lock else "no version"
        why = f"it has {found}, and pinlint reads 4 to 7; run `pixi lock`"
        yield Fact("unreadable-lock", Span(0, min(1, len(document.text))), why)
        return
    packages = lock.get("packages")
    listed = packages if isinstance(packages, list) else []
    yield from judged([entry for number, one in enumerate(listed) if (entry := _entry(number, one))], "pixi")


def _entry(number: int, package: Any) -> Entry | None:
    if not isinstance(package, dict):
        return None
    said = {key: value for key, value in package.items() if isinstance(value, str)}
    key = next((one for one in _KINDS if one in said), "")
    kind = said["kind"] if not key and said.get("kind") in ("conda", "pypi") else "pypi" if key == "pypi" else "conda"
    key = key or next((one for one in ("url", "path") if one in said), "")
    if not key:
        return None
    address = said[key]
    if key == "conda_source":  # `name[hash] @ path` or `name @ git+https://…`
        address = address.partition(" @ ")[2]
    hashes = tuple(f"{algorithm}:{said[algorithm]}" for algorithm in ("sha256", "md5") if said.get(algorithm))
    place = KeyPath((0, "packages", number, key), "value")
    name = "" if address.startswith("direct+") else said.get("name", "")
    return Entry(place, kind, address, hashes, name, said.get("version", ""))

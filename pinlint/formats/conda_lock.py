"""conda-lock's lock for all platforms (version 1): every package of conda and pip, once a platform."""

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

_COMMAND = "conda-lock lock"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package."""
    if conflict := re.search(r"^(?:<{7}|>{7})(?: |$)", document.text, re.MULTILINE):
        why = f"it holds merge-conflict markers; resolve them, then run `{_COMMAND}`"
        yield Fact("unreadable-lock", Span(*conflict.span()), why)
        return
    try:
        roots = load(document.text)
    except Unparsable as error:
        yield Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(document.text))), f"{error}; run `{_COMMAND}`")
        return
    lock = roots[0] if roots and isinstance(roots[0], dict) else {}
    packages = lock.get("package")
    if lock.get("version") != "1" or not isinstance(packages, list):
        found = f"version {str(lock['version'])[:20]}" if "version" in lock else "no version"
        found = found if lock.get("version") != "1" else "no list of packages"
        why = f"it has {found}, and pinlint reads version 1; run `{_COMMAND}`"
        yield Fact("unreadable-lock", Span(0, min(1, len(document.text))), why)
        return
    yield from judged([entry for number, one in enumerate(packages) if (entry := _entry(number, one))], "conda-lock")


def _entry(number: int, package: Any) -> Entry | None:
    said = {key: value for key, value in package.items() if isinstance(value, str)} if isinstance(package, dict) else {}
    if "name" not in said or "url" not in said:
        return None
    hashed = package.get("hash")
    hashed = hashed if isinstance(hashed, dict) else {}
    hashes = tuple(f"{algorithm}:{hashed[algorithm]}" for algorithm in ("sha256", "md5") if isinstance(hashed.get(algorithm), str))
    kind = "pypi" if said.get("manager") == "pip" else "conda"
    place = KeyPath((0, "package", number, "name"), "value")
    return Entry(place, kind, said["url"], hashes, said["name"], said.get("version", ""))

"""pipenv's lock: every package with its hashes. Whether it is in step is said of the Pipfile beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi.names import address
from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Fact, KeyPath
from pinlint.semantics.pipfile_locks import entries, refusal
from pinlint.semantics.python_locks import Written, as_json, insecure, judged, table, tables, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITTEN = Written("pipenv", "pipenv lock")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package, and what of the lock pipenv would refuse or install unchecked."""
    lock = as_json(document.text, _WRITTEN)
    if isinstance(lock, Fact):
        yield lock
        return
    if why := refusal(lock):
        yield unreadable(document.text, why, _WRITTEN)
    locked = entries(lock)
    yield from judged(locked, _WRITTEN)
    for number, source in tables(table(lock.get("_meta")).get("sources")):
        url, place = str(source.get("url") or ""), ("_meta", "sources", number)
        if is_insecure(url):
            yield Fact("insecure-transport", KeyPath((*place, "url"), "value"), f"{address(url)[:200]} is asked without TLS")
        elif source.get("verify_ssl") is False:
            why = f"the certificate of {address(url)[:200]} is not checked"
            yield Fact("insecure-transport", KeyPath((*place, "verify_ssl"), "value"), why)
    yield from insecure([one._replace(source="") for one in locked])

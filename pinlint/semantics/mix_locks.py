"""mix.lock: the packages of Hex and the repositories that Mix has chosen.

Must not know how firm an entry is. Source: Elixir, Mix.Dep.Lock; hexpm/hex, lib/hex/utils.ex.
"""

import re
from typing import NamedTuple

from pinlint.model import Fact, Span
from pinlint.syntax.elixir import Token, tuples
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["LOCK", "Entry", "entries", "lock_at"]

LOCK = "mix.lock"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search
_blank = re.compile(r"\s*(?:%\{\s*\}\s*)?").fullmatch


class Entry(NamedTuple):
    """An entry: `kind` is "hex", "git" or what else Mix was told; `at` the version or the commit; `sums` those of the content and
    of the tarball; `source` the repository."""

    name: str
    kind: str
    package: str
    at: str
    sums: tuple[str, str]
    source: str
    span: Span


def entries(document: Document) -> list[Entry] | Fact:
    """The entries of a lock, or why it cannot be read."""
    text = document.text
    if found := _conflict(text):
        why = "it holds merge-conflict markers; take either side, then run `mix deps.get`"
        return Fact("unreadable-lock", Span(*found.span()), why)
    made = [_entry(one.key, one.items, one.span) for one in tuples(text) if one.depth == 0 and one.items]
    if not made and not _blank(text):
        return Fact("unreadable-lock", Span(0, min(1, len(text))), "it is no lock of Mix; restore it, or run `mix deps.get`")
    return [one for one in made if one]


def _entry(key: str, items: list[Token | None], span: Span) -> Entry | None:
    texts = ["" if one is None or one.text is None else one.text for one in [*items, *[None] * 8][:8]]
    kind, name = texts[0].lstrip(":"), key.rstrip(":")
    if not name or not kind:
        return None
    if kind == "package":  # Hex before 0.2
        return Entry(name, "hex", name, texts[1], ("", ""), "", span)
    if kind == "hex":
        return Entry(name, kind, texts[1].lstrip(":").strip('"'), texts[2], (texts[3], texts[7]), texts[6], span)
    return Entry(name, kind, name, texts[2], ("", ""), texts[1], span)


def lock_at(tree: Tree, path: str) -> dict[str, Entry] | None:
    """The entries of the lock at a path by name; None where none is, or none that can be read."""
    return tree.memo("mix lock", path, lambda: _lock_at(tree, path)) if tree.exists(path) else None


def _lock_at(tree: Tree, path: str) -> dict[str, Entry] | None:
    try:
        found = entries(tree.read(path))
    except Unread:
        return None
    return None if isinstance(found, Fact) else {one.name: one for one in found}

"""Images that a kustomization's `replacements:` read or write in part, so that a digest behind the tag would break what they make.

Knows replacements and the objects that they select; must not know what is reported.
Source: kustomize api/filters/replacement (the text is split at the delimiter, and one part is read or replaced).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.semantics.kustomizations import NAMES, above, roots_of, taken_in
from pinlint.semantics.kustomize_entries import split
from pinlint.syntax.manifest import objects, text
from pinlint.syntax.yaml import select
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.kustomize_entries import Entry
    from pinlint.syntax.manifest import Object
    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["rewriting", "rewriting_name"]

_PART_STEPS = 10  # of the account, for trying what one replacement selects on one object
_FILES_LIMIT = 2000  # that one kustomization takes in
_STEP = re.compile(r"\[([^=\]]{1,999})=([^\]]{0,999})\]|((?:[^.\[\]\\]|\\.)+)")
_plain = re.compile(r"[\w./:-]+").fullmatch
_SELECTED = ("kind", "name", "namespace")


class _Part(NamedTuple):
    """What a replacement reads or writes a part of: which objects, by regular expressions, and the path to the field."""

    selector: tuple[str, ...]
    path: str


def rewriting(node: Node, path: str, tree: Tree) -> str:
    """Which replacement reads or writes a part of the image in `node` of the file at `path`, and what to do; "" where none does."""
    places = tree.memo("kustomizations above", path, lambda: [one for one in above(path, tree) if _parts(one, tree)])
    return next((_why(one) for one in places if (path, node.value) in _images(one, tree)), "")


def rewriting_name(entry: Entry, path: str, tree: Tree) -> str:
    """The same of an image that an entry of the kustomization at `path` puts in: its replacements come after its `images:`."""
    names = {entry.name, entry.new_name} - {""}
    for one in (path, *above(path, tree)):
        if _parts(one, tree) and not names.isdisjoint(tree.memo("replacements of names", one, lambda at=one: _names(at, tree))):  # type: ignore[misc]
            return _why(one)
    return ""


def _why(path: str) -> str:
    return f"a replacement in {path} takes the text apart, and a digest in it would break that; pin what the replacement puts in"


def _images(path: str, tree: Tree) -> set[tuple[str, str]]:
    """(file, text) of every image of which the replacements of a kustomization read or write a part."""
    return tree.memo("replacements of images", path, lambda: set(_found(path, tree)))


def _names(path: str, tree: Tree) -> set[str]:
    """What entries may call those images."""
    return {name for _, value in _images(path, tree) for name in split(value, "").names}


def _found(path: str, tree: Tree) -> Iterator[tuple[str, str]]:
    parts = list(dict.fromkeys(_parts(path, tree)))
    for file in _files(path, tree):
        for one in objects(roots_of(file, tree)):
            spend(_PART_STEPS * len(parts))
            for part in parts:
                if _selects(part.selector, one):
                    yield from ((file, node.value) for node in _fields(one.node, part.path))


def _files(path: str, tree: Tree) -> Iterator[str]:
    waiting, seen = [path], set[str]()
    while waiting and len(seen) < _FILES_LIMIT:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            if at.rpartition("/")[2] in NAMES:
                waiting += [target for _, target in taken_in(at, tree)]
            else:
                yield at


def _parts(path: str, tree: Tree) -> list[_Part]:
    """What the replacements of a kustomization split at a delimiter, as far as it may be an image."""
    return tree.memo("replacements", path, lambda: list(_split_at(path, tree)))


def _split_at(path: str, tree: Tree) -> Iterator[_Part]:
    for root in roots_of(path, tree):
        for listed in select(root, "replacements", "*"):
            file = text(listed.get("path"))
            replacements = (
                [listed] if not file else [one for inner in roots_of(join(path, file), tree) for one in (inner, *inner.elements)]
            )
            for one in replacements:
                source = one.get("source")
                if source is not None and _splits(source):
                    yield _Part(tuple(re.escape(text(source.get(key))) for key in _SELECTED), text(source.get("fieldPath")))
                for target in select(one, "targets", "*"):
                    selected = target.get("select")
                    if selected is not None and _splits(target):
                        selector = tuple(text(selected.get(key)) for key in _SELECTED)
                        yield from (_Part(selector, text(field)) for field in select(target, "fieldPaths", "*"))


def _splits(holder: Node) -> bool:
    """Whether it splits a text at what may stand in a digest; no slash does."""
    options = holder.get("options")
    return options is not None and text(options.get("delimiter")) not in ("", "/")


def _selects(selector: tuple[str, ...], one: Object) -> bool:
    """Whether an object may be selected. Its name may get a prefix on the way, so that it need only be in what is asked for;
    what is a regular expression is taken to select everything.
    """
    metadata = one.node.get("metadata")
    kind, *names = (asked.replace("\\", "") for asked in selector)
    if kind and kind != one.kind and _plain(kind):
        return False
    told = (text(metadata and metadata.get(key)) for key in _SELECTED[1:])
    return all(not asked or own in asked or not _plain(asked) for asked, own in zip(names, told, strict=True) if own)


def _fields(node: Node, path: str) -> list[Node]:
    """The scalars that a field path leads to: keys, numbers, `*`, and `[key=value]` for the elements that have it."""
    level = [node]
    for key, value, step in (found.groups() for found in _STEP.finditer(path)):
        if key is not None:
            level = [one for outer in level for one in outer.elements if text(one.get(key)) == value]
        elif step.isdigit():
            level = [one for outer in level for one in outer.elements[int(step[:9]) : int(step[:9]) + 1]]
        else:
            level = [one for outer in level for one in select(outer, step.replace("\\", ""))]
    return [one for one in level if one.kind == "scalar"]

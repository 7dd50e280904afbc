"""What patches and replacements of Kustomize make of a container's image in a base that they are applied to.

A patch that gives the container another image is judged where it stands; one that takes the container away leaves nothing to judge.
What a replacement puts in, and what a patch does to objects that it selects by labels, is not to be told.
Source: kustomize api/types (Patch, Selector, Replacement); RFC 6902.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.semantics.kustomizations import components, roots_of, takers
from pinlint.syntax.embedded import embedded
from pinlint.syntax.manifest import objects, text
from pinlint.syntax.re2 import Unsupported, common, quoted
from pinlint.syntax.yaml import Node, Unparsable, read, select
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["REPLACED", "UNSURE", "UNTOUCHED", "Held", "fate", "holder"]

#: What becomes of an image: nothing, something that nobody can tell, another one or none.
UNTOUCHED, UNSURE, REPLACED = "untouched", "unsure", "replaced"
_LISTS = ("containers", "initContainers", "ephemeralContainers")
_NARROWING = ("labelSelector", "annotationSelector")
#: Kustomizations that are looked at, and how many of them one above the other.
_WAYS, _DEEPEST = 500, 100
_PLAIN = re.compile(r"[\w-]+")


class Held(NamedTuple):
    """A container: the kind and name of the object that it is in, the list, its name and place there."""

    kind: str
    name: str
    listed: str
    container: str
    number: int


class _Patch(NamedTuple):
    """A patch, or the field that a replacement writes ("" for a patch): what it selects, "" being what its own text names; and
    whether more than a kind and a name select it."""

    node: Node
    kind: str
    name: str
    narrowed: bool
    field: str = ""


def holder(place: Span, document: Document) -> Held | None:
    """The container whose image stands at a place; None where it is in none."""
    for one in objects(read(document)):
        if not one.node.start <= place.start <= one.node.end:
            continue
        name = text(next(select(one.node, "metadata", "name"), None))
        for mapping in one.mappings:
            for listed in _LISTS:
                for number, container in enumerate(found.elements if (found := mapping.get(listed)) is not None else ()):
                    image = container.get("image")
                    if image is not None and image.start <= place.start <= image.end:
                        return Held(one.kind, name, listed, text(container.get("name")), number)
    return None


def fate(held: Held, path: str, tree: Tree, *, own: bool = True) -> str:
    """What becomes of it on the ways from the kustomization at `path` (without its `own` patches, from those that take it in) to
    those that no other takes in: another image only if on every way."""
    left = [_WAYS]

    def below(place: str, on_the_way: tuple[str, ...]) -> str:
        left[0] -= 1
        if left[0] < 0 or len(on_the_way) > _DEEPEST or place in on_the_way:
            return UNSURE
        here = _touched(held, place, tree) if own or on_the_way else UNTOUCHED
        above = takers(place, tree)
        if here == REPLACED or not above:
            return here
        ways = {below(one, (*on_the_way, place)) for one in above}
        if ways == {REPLACED}:
            return REPLACED
        return UNSURE if here == UNSURE or UNTOUCHED not in ways else UNTOUCHED

    return below(path, ())


def _touched(held: Held, path: str, tree: Tree) -> str:
    """What the patches and replacements of one kustomization, and of its components, make of it."""
    found = UNTOUCHED
    for place in (*components(path, tree), path):
        for patch in tree.memo("patches", place, lambda at=place: list(_patches(at, tree))):  # type: ignore[misc]
            told = _made(held, patch)
            if told == REPLACED:
                return REPLACED
            found = UNSURE if told == UNSURE else found
    return found


def _patches(path: str, tree: Tree) -> Iterator[_Patch]:
    """Every patch and every field of a replacement of a kustomization."""
    try:
        document = tree.read(path)
        roots = read(document)
    except (Unread, Unparsable):
        return
    for root in roots:
        for key in ("patches", "patchesJson6902", "patchesStrategicMerge"):
            for entry in select(root, key, "*"):
                target = entry.get("target") if entry.kind == "mapping" else None
                kind, name = (text(target.get(one)) if target is not None else "" for one in ("kind", "name"))
                narrowed = target is not None and any(target.get(one) is not None for one in _NARROWING)
                for node in _texts(entry, document, tree):
                    yield _Patch(node, kind, name, narrowed)
        for entry in select(root, "replacements", "*"):
            where = text(entry.get("path"))
            for one in roots_of(join(path, where), tree) if where else [entry]:
                for inner in one.elements if one.kind == "sequence" else [one]:
                    for target in select(inner, "targets", "*"):
                        chosen = next(select(target, "select"), target)
                        narrowed = chosen.get("labelSelector") is not None or target.get("reject") is not None
                        for field in select(target, "fieldPaths", "*"):
                            yield _Patch(target, text(chosen.get("kind")), text(chosen.get("name")), narrowed, text(field))


def _texts(entry: Node, document: Document, tree: Tree) -> Iterable[Node]:
    """What a patch says: beside its target, in a text, or in a file."""
    inline = entry.get("patch") if entry.kind == "mapping" else entry
    if inline is not None and inline.kind == "scalar" and ("\n" in inline.value or entry.kind == "mapping"):
        return embedded(inline, document)
    where = text(entry.get("path")) if entry.kind == "mapping" else entry.value
    return roots_of(join(document.path, where), tree) if where else ()


def _made(held: Held, patch: _Patch) -> str:
    """What one patch makes of it."""
    if patch.node.kind == "sequence":
        told = _by_operations(held, patch.node)
    elif patch.field:
        told = UNSURE if _is_field(held, patch.field) else UNTOUCHED
    else:
        told = _by_merging(held, patch.node)
    if told == UNTOUCHED:
        return UNTOUCHED
    kind, name = patch.kind, patch.name
    if not kind and not name and patch.node.kind == "mapping" and not patch.field:
        kind, name = (re.escape(text(next(select(patch.node, *keys), None))) for keys in (("kind",), ("metadata", "name")))
    of_kind, of_name = _fits(kind, held.kind), _fits(name, held.name)
    if of_kind is False or of_name is False:
        affixed = bool(name) and held.name != "" and of_kind is not False and held.name in name.replace("\\", "")
        return UNSURE if affixed else UNTOUCHED  # a prefix or suffix may have been put to the name on the way
    return UNSURE if patch.narrowed or None in (of_kind, of_name) else told


def _fits(pattern: str, name: str) -> bool | None:
    """Whether the whole of a name fits a pattern of Go's, whoever wrote it; None where that cannot be told."""
    plain = pattern.replace("\\-", "-")
    if not plain or _PLAIN.fullmatch(plain):
        return plain in ("", name)
    try:
        return common(f"^(?:{pattern})$", quoted(name)) is not None
    except Unsupported:
        return None


def _by_merging(held: Held, node: Node) -> str:
    """What a strategic merge makes of it."""
    if text(node.get("$patch")) in ("delete", "replace"):
        return REPLACED
    for one in objects([node]):
        for mapping in one.mappings:
            listed = mapping.get(held.listed)
            for container in listed.elements if listed is not None else ():
                if text(container.get("$patch")) == "replace":
                    return REPLACED
                same = held.container and text(container.get("name")) == held.container
                if same and (container.get("image") is not None or text(container.get("$patch")) == "delete"):
                    return REPLACED
    return UNTOUCHED


def _by_operations(held: Held, node: Node) -> str:
    """What the operations of RFC 6902 make of it."""
    found = UNTOUCHED
    place = f"/{held.listed}/{held.number}"
    for one in node.elements:
        word, path = text(one.get("op")), text(one.get("path"))
        if word not in ("add", "replace", "remove", "move", "copy"):
            continue
        if path.endswith((f"{place}/image", f"/{held.listed}")) or (path.endswith(place) and word != "add"):
            return REPLACED
        if re.search(rf"/{held.listed}/\d+\Z", path) or path in ("", "/spec", "/spec/template", "/spec/template/spec"):
            found = UNSURE  # the places of containers change, or they come anew
    return found


def _is_field(held: Held, field: str) -> bool:
    """Whether a path of a replacement leads to the image."""
    found = re.search(rf"(?:^|\.){held.listed}\.(?:\[name=([^\]]*)\]|(\d+)|\*)\.image\Z", field)
    if found is None:
        return False
    return found[1] in (None, held.container) and found[2] in (None, str(held.number))

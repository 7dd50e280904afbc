"""What becomes of an image of a Kustomize base where the kustomizations that take the base in put another one in its place.

An entry of `images:` with a tag or a digest is judged where it stands, so what it replaces is asked for by nobody. One that gives a
name alone, or something behind the tag, leaves it to the base which image that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Span
from pinlint.semantics.kustomizations import NAMES, applied, carried, follow, used
from pinlint.semantics.kustomize_entries import Used, split
from pinlint.text import Unparsable, Unread
from pinlint.tree import Tree
from pinlint.verify.uses import BASE, Asked, Use

__all__ = ["Overlay", "Overlays", "inner", "leaving", "put_through"]


class Overlay(NamedTuple):
    """A kustomization that names a base: its path, and the files of the use that it belongs to."""

    path: str
    tree: Tree


#: Of one base, that first which is farthest from it.
Overlays = tuple[Overlay, ...]


def inner(use: Use, one: Asked, overlays: Overlays) -> Overlays:
    """The overlays of what a use of a base asks for."""
    return (*overlays, Overlay(one.path, one.tree)) if use.kind == BASE else ()


def leaving(use: Use, one: Asked, overlays: Overlays) -> list[str] | None:
    """An image of a base as it leaves the outermost of these overlays, in each of the ways in which it is written; empty where it
    is none that Kustomize changes. None where entries on the way say on every way which one is taken."""
    reference = one.reference
    if use.kind != BASE or reference.artifact.kind != "image":
        return []
    written = (reference.artifact.name, reference.version)
    inside = one.path.rpartition("/")[2] in NAMES  # another name has been put in for what another file says
    now = [image for image in _taken(use.path, one.tree).get(written, ()) if inside or image.path == one.path]
    if not now:
        return []
    for overlay in reversed(overlays):
        now = _left(map(str, now), overlay)
    return [str(image) for image in dict.fromkeys(now)] or None


def put_through(images: Iterable[str], path: str, tree: Tree) -> bool:
    """Whether kustomizations say of all these images which ones are taken instead, beginning with that at `path`, which names their
    base: on every way from it to those that no other takes in."""
    some = list(images)
    return bool(some) and not _left(some, Overlay(path, tree))


def _left(images: Iterable[str], overlay: Overlay) -> list[Used]:
    """The images that are still the base's own, as they leave what takes the base in."""
    return [image for one in images for image in _carried(one, *overlay) if not image.path]


def _carried(image: str, path: str, tree: Tree) -> list[Used]:
    def make() -> list[Used]:
        try:
            return carried(split(image, ""), path, tree)
        except Unparsable:  # it takes too much to see: it stays as it is
            return [split(image, "")]

    return tree.memo("base's image carried", f"{path} {image}", make)


def _taken(folder: str, tree: Tree) -> dict[tuple[str, str], list[Used]]:
    """All images of the base in a folder, as they leave it, by what is asked for as a reference has it: name and version."""

    def make() -> dict[tuple[str, str], list[Used]]:
        places = (f"{folder}/{name}" if folder else name for name in NAMES)
        root = next((place for place in places if tree.exists(place)), "")
        found: dict[tuple[str, str], list[Used]] = {}
        try:
            for image in follow(used(root, tree), applied(root, tree)).after if root else ():
                reference = image_at(str(image), Span(0, 0), "")
                found.setdefault((reference.artifact.name, reference.version), []).append(image)
        except (Unparsable, Unread):
            return {}
        return found

    return tree.memo("base leaves", folder, make)

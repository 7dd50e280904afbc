"""What Kustomize makes of images: the `images:` of a kustomization over the resources that it takes in.

Knows kustomizations and the files they name; must not know what is reported.
Source: kustomize api/filters/imagetag (Filter: overriding tag or digest replaces both) and api/image (IsImageMatched).
"""

from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.oci.pods import pod_images
from pinlint.syntax.manifest import objects, text
from pinlint.syntax.yaml import Node, Unparsable, literal, read, select
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["NAMES", "Entry", "Followed", "Used", "entries", "follow", "replacing", "used"]

#: What a kustomization may be called, in the order in which Kustomize looks.
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: Patches bring containers of their own, and `images:` is applied after them.
_TAKEN_IN = (("resources", "*"), ("bases", "*"), ("components", "*"), ("patchesStrategicMerge", "*"), ("patches", "*", "path"))
_DEPTH_LIMIT = 30  # kustomizations that take in one another
_FILES_LIMIT = 2000  # that one kustomization takes in
_STEPS_LIMIT = 200_000  # changes of an image that are followed


class Entry(NamedTuple):
    """One entry of `images:`: what it says, and the node of each word that it says."""

    name: str
    new_name: str
    new_tag: str
    digest: str
    at: dict[str, Node]

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return bool(self.new_name or self.new_tag or self.digest)


class Used(NamedTuple):
    """An image as it leaves a kustomization. `path` is the file that gives it its tag and digest."""

    name: str
    tag: str
    digest: str
    path: str


class Followed(NamedTuple):
    """`fitting` holds for each entry the images that it fits: as they are before it, and as they leave the kustomization. `after`
    are all images as they leave it, in the order in which they were taken in."""

    fitting: list[list[tuple[Used, Used]]]
    after: list[Used]


def entries(root: Node) -> list[Entry]:
    """The entries of `images:` (`imageTags:` in old files) that name an image."""
    found = []
    for node in (*select(root, "imageTags", "*"), *select(root, "images", "*")):
        at = {key: value for key in ("name", "newName", "newTag", "digest") if text(value := node.get(key)) and value is not None}
        if "name" in at:
            said = {key: value.value for key, value in at.items()}
            found.append(Entry(said["name"], said.get("newName", ""), said.get("newTag", ""), said.get("digest", ""), at))
    return found


def follow(taken: list[Used], listed: list[Entry], path: str) -> Followed:
    """What the entries of the kustomization at `path` make of the images that it takes in.

    A tag or a digest takes the place of both.
    """
    now, by_name = list(taken), dict[str, list[int]]()
    for number, image in enumerate(taken):
        by_name.setdefault(image.name, []).append(number)
    before: list[list[tuple[int, Used]]] = []
    budget = _STEPS_LIMIT
    for entry in listed:
        fitting = by_name.pop(entry.name, []) if entry.changes and budget > 0 else []
        budget -= len(fitting)
        before.append([(number, now[number]) for number in fitting])
        name = entry.new_name or entry.name
        for number in fitting:
            replaced = Used(name, entry.new_tag, entry.digest, path)
            now[number] = replaced if entry.new_tag or entry.digest else now[number]._replace(name=name)
        by_name.setdefault(name, []).extend(fitting)
    return Followed([[(image, now[number]) for number, image in some] for some in before], now)


def used(path: str, tree: Tree, depth: int = 0) -> list[Used]:
    """The images of everything that the kustomization at `path` takes in, before its own `images:` change them."""
    return tree.memo("kustomization takes in", path, lambda: _used(path, tree, depth))


def _used(path: str, tree: Tree, depth: int) -> list[Used]:
    found: dict[Used, None] = {}
    for _, target in taken_in(path, tree):
        if target.rpartition("/")[2] not in NAMES:
            found.update(dict.fromkeys(_written(target, tree)))
        elif depth < _DEPTH_LIMIT and target != path:
            listed = [entry for root in _roots(target, tree) for entry in entries(root)]
            found.update(dict.fromkeys(follow(used(target, tree, depth + 1), listed, target).after))
    return list(found)


def taken_in(path: str, tree: Tree) -> list[tuple[Node, str]]:
    """(what names it, file) of everything in this repository that a kustomization takes in; directories by their kustomization."""
    listed = [node for root in _roots(path, tree) for place in _TAKEN_IN for node in select(root, *place) if node.kind == "scalar"]
    found = [(node, _target(join(path, node.value), tree)) for node in listed[:_FILES_LIMIT]]
    return [(node, target) for node, target in found if target]


def _target(path: str, tree: Tree) -> str:
    if tree.exists(path):
        return path
    return next((inside for name in NAMES if tree.exists(inside := f"{path}/{name}" if path else name)), "")


def _roots(path: str, tree: Tree) -> list[Node]:
    try:
        return read(tree.read(path))
    except (Unread, Unparsable):
        return []


def _written(path: str, tree: Tree) -> Iterator[Used]:
    for one in objects(_roots(path, tree)):
        for node, _ in pod_images(one.mappings):
            if node.kind == "scalar" and node.value and literal(node):
                yield split(node.value, path)


def split(value: str, path: str) -> Used:
    """An image taken apart as Kustomize does it: the name stays as it is written."""
    rest, _, digest = value.partition("@")
    colon = rest.rfind(":")
    if colon <= rest.rfind("/"):
        return Used(rest, "", digest, path)
    return Used(rest[:colon], rest[colon + 1 :], digest, path)


def replacing(name: str, path: str, tree: Tree) -> str:
    """The kustomization that puts another image in the place of `name` in the file at `path`, if every way on which Kustomize comes
    to the file leads through such a one; else "". The image that it puts there is judged where it stands.
    """
    takers = tree.memo("kustomizations taking in", "", lambda: _takers(tree))
    seen: set[str] = {path}
    waiting, first = list(takers.get(path, ())), ""
    if not waiting:
        return ""
    while waiting:
        kustomization = waiting.pop()
        if kustomization in seen:
            continue
        seen.add(kustomization)
        if name in tree.memo("kustomization replaces", kustomization, lambda at=kustomization: _replaces(at, tree)):  # type: ignore[misc]
            first = first or kustomization
        elif kustomization in takers:
            waiting += takers[kustomization]
        else:
            return ""
    return first


def _replaces(path: str, tree: Tree) -> frozenset[str]:
    return frozenset(entry.name for root in _roots(path, tree) for entry in entries(root) if entry.changes)


def _takers(tree: Tree) -> dict[str, list[str]]:
    """For each file the kustomizations that take it in."""
    found: dict[str, list[str]] = {}
    for name in NAMES:
        for path in tree.named(name):
            for _, target in taken_in(path, tree):
                found.setdefault(target, []).append(path)
    return found

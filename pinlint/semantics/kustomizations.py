"""Which files a kustomization takes in, and what its `images:` and transformers make of the images in them.

Knows kustomizations and the files they name; must not know what is reported.
Source: kustomize api/internal/target (resources, then components, then `images:`, then `transformers:`).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pinlint.budget import Exceeded, spend
from pinlint.semantics.kustomize_entries import Entry, Images, Used, entries, replaced, split, transformers
from pinlint.syntax.embedded import embedded
from pinlint.syntax.manifest import objects
from pinlint.syntax.yaml import Node, Unparsable, literal, read, select
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = [
    "NAMES", "Followed", "above", "applied", "carried", "components", "fields", "follow", "listed", "reaching", "replacing",
    "roots_of", "taken_in", "takers", "transformed", "used",
]  # fmt: skip

#: What a kustomization may be called, in the order in which Kustomize looks.
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_RESOURCES = (("resources", "*"), ("bases", "*"))
#: Patches bring containers of their own, and `images:` is applied after them.
_PATCHES = (("patchesStrategicMerge", "*"), ("patches", "*", "path"))
_COMPONENTS = (("components", "*"),)
_TRANSFORMERS = (("transformers", "*"),)
_DEPTH_LIMIT = 30  # kustomizations that take in one another
_STEPS = 3  # of an account, for what a kustomization replaces
_IMAGES_LIMIT = 1000  # that one kustomization takes in: a cluster has fewer
_FILES_LIMIT = 2000  # that one kustomization takes in
_COMPONENT_STEPS = 200  # of the account, for what one component makes of the images
_CARRIED_STEPS = 5_000  # for what becomes of one image above the kustomization that takes it in
_APPLIERS_LIMIT = 5  # kustomizations whose images a component is compared with


class Followed(NamedTuple):
    """`fitting` holds for each entry the images that it fits: as they are before it, and as they leave the kustomization. `after`
    are all images as they leave it, in the order in which they were taken in."""

    fitting: list[list[tuple[Used, Used]]]
    after: list[Used]


def follow(taken: list[Used], listed: list[Entry]) -> Followed:
    """What the entries of a kustomization make of the images that it takes in."""
    images = Images()
    images.add(taken)
    before = [images.apply(entry) for entry in listed]
    return Followed([[(image, images.now[number]) for number, image in some] for some in before], images.now)


def applied(path: str, tree: Tree) -> list[Entry]:
    """The entries that the kustomization at `path` applies to all that it takes in."""
    return tree.memo("kustomization applies", path, lambda: _applied(path, tree))


def _applied(path: str, tree: Tree) -> list[Entry]:
    try:
        document = tree.read(path)
        return list(listed(document, read(document), tree))
    except (Unread, Unparsable):
        return []


def listed(document: Document, roots: list[Node], tree: Tree) -> Iterator[Entry]:
    """The entries of a kustomization in the order in which they are applied: those of `images:`, then those of its transformers,
    which stand in it or in other files."""
    for root in roots:
        yield from entries(root, document.path)
    for node in (node for root in roots for node in select(root, "transformers", "*") if node.kind == "scalar"):
        if "\n" in node.value:
            yield from transformers(embedded(node, document), document.path)
        else:
            for file in _files_of(_target(join(document.path, node.value), tree), tree):
                yield from transformers(roots_of(file, tree), file)


def _files_of(target: str, tree: Tree) -> Iterator[str]:
    """The files that an element of `transformers:` leads to: itself, or what the kustomization of a directory takes in."""
    waiting, seen = [target], {""}
    while waiting and len(seen) < _FILES_LIMIT:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if path.rpartition("/")[2] in NAMES:
            waiting += [inside for _, inside in reversed(taken_in(path, tree))]
        else:
            yield path


def used(path: str, tree: Tree, depth: int = 0) -> list[Used]:
    """The images of everything that the kustomization at `path` takes in, before its own `images:` change them."""
    return tree.memo("kustomization takes in", path, lambda: _used(path, tree, depth))


def reaching(path: str, tree: Tree) -> list[Used]:
    """The images that the entries of the kustomization at `path` are applied to: what it takes in and, of a component, what the
    kustomizations that name it have by then."""
    appliers = tree.memo("kustomizations with components", "", lambda: _by_target(tree, _named_components)).get(path, ())
    found = dict.fromkeys(used(path, tree))
    for kustomization in appliers[:_APPLIERS_LIMIT]:
        found.update(dict.fromkeys(_used(kustomization, tree, 0, before=path)))
    return list(found)


def _named_components(path: str, tree: Tree) -> list[tuple[Node, str]]:
    first = _named_in(path, tree, _COMPONENTS)
    return [(node, target) for node, _ in first[:1] for target in _components(path, tree)]


def _used(path: str, tree: Tree, depth: int, before: str = "") -> list[Used]:
    images = Images()
    images.add(_few(_brought(path, tree, depth, _RESOURCES)))
    for component in _components(path, tree):
        spend(_COMPONENT_STEPS)
        images.add(_brought(component, tree, depth, (*_RESOURCES, *_PATCHES)))
        if component == before:
            return images.now
        for entry in applied(component, tree):
            images.apply(entry)
    images.add(_brought(path, tree, depth, _PATCHES))
    return _few(images.now)


def _few(images: Iterable[Used]) -> list[Used]:
    """The different ones among them. Raises Exceeded as soon as there are too many: each kustomization would go through them."""
    found: dict[Used, None] = {}
    for image in images:
        found[image] = None
        if len(found) > _IMAGES_LIMIT:
            raise Exceeded(f"it takes in more than {_IMAGES_LIMIT:,} different images, so what becomes of them is not judged", 0)
    return list(found)


def _brought(path: str, tree: Tree, depth: int, places: tuple[tuple[str, ...], ...]) -> Iterator[Used]:
    for _, target in _named_in(path, tree, places):
        if target.rpartition("/")[2] not in NAMES:
            yield from tree.memo("images written", target, lambda at=target: _few(_written(at, tree)))  # type: ignore[misc]
        elif depth < _DEPTH_LIMIT and target != path:
            yield from follow(used(target, tree, depth + 1), applied(target, tree)).after


def _components(path: str, tree: Tree) -> list[str]:
    """The components that a kustomization applies, those of a component before it, each once."""
    found: dict[str, None] = {}
    waiting = [(path, False)]
    opened: set[str] = set()
    while waiting and len(opened) < _FILES_LIMIT:
        spend(1)
        component, ready = waiting.pop()
        if ready:
            found[component] = None
        elif component not in opened:
            opened.add(component)
            waiting.append((component, True))
            waiting += [(target, False) for _, target in reversed(_named_in(component, tree, _COMPONENTS))]
    found.pop(path, None)
    return list(found)


def taken_in(path: str, tree: Tree) -> list[tuple[Node, str]]:
    """(what names it, file) of everything in this repository that a kustomization takes in; directories by their kustomization."""
    return _named_in(path, tree, (*_RESOURCES, *_COMPONENTS, *_PATCHES))


def _named_in(path: str, tree: Tree, places: tuple[tuple[str, ...], ...]) -> list[tuple[Node, str]]:
    known = tree.memo("kustomization names", path, lambda: _names(path, tree))
    return [pair for place in places for pair in known[place]][:_FILES_LIMIT]


def _names(path: str, tree: Tree) -> dict[tuple[str, ...], list[tuple[Node, str]]]:
    """For each place of a kustomization the files that it names there, each with the node that does."""
    roots = roots_of(path, tree)
    found: dict[tuple[str, ...], list[tuple[Node, str]]] = {}
    for place in (*_RESOURCES, *_COMPONENTS, *_PATCHES, *_TRANSFORMERS):
        listed = [node for root in roots for node in select(root, *place) if node.kind == "scalar"][:_FILES_LIMIT]
        pairs = [(node, _target(join(path, node.value), tree)) for node in listed if "\n" not in node.value]
        found[place] = [(node, target) for node, target in pairs if target]
    return found


def _target(path: str, tree: Tree) -> str:
    if tree.exists(path):
        return path
    return next((inside for name in NAMES if tree.exists(inside := f"{path}/{name}" if path else name)), "")


def roots_of(path: str, tree: Tree) -> list[Node]:
    """The documents of a file; nothing of one that cannot be read."""
    try:
        return read(tree.read(path))
    except (Unread, Unparsable):
        return []


def _written(path: str, tree: Tree) -> Iterator[Used]:
    for one in objects(roots_of(path, tree)):
        for node in fields(one.mappings):
            if node.kind == "scalar" and node.value and literal(node):
                yield split(node.value, path)


def fields(mappings: Iterable[Node]) -> Iterator[Node]:
    """The images of pods that Kustomize changes unless it is configured to change more: no `container` and no `spec.image`."""
    for mapping in mappings:
        for found in (*mapping.every("containers"), *mapping.every("initContainers")):
            yield from select(found, "*", "image")
        for found in mapping.every("volumes"):
            yield from select(found, "*", "image", "reference")


def replacing(value: str, path: str, tree: Tree, *, usual: bool = True) -> str:
    """The kustomization that puts another image in the place of `value` in the file at `path`, if every way on which Kustomize
    comes to the file leads through such a one; else "". The image that it puts there is judged where it stands. `usual` is whether
    it stands in a field that Kustomize changes without more configuration.
    """
    takers, names = _takers(tree), split(value, path).names
    seen: set[str] = {path}
    waiting, first = list(takers.get(path, ())), ""
    spend(len(waiting))
    if not waiting:
        return ""
    while waiting:
        kustomization = waiting.pop()
        if kustomization in seen:
            continue
        seen.add(kustomization)
        spend(_STEPS + len(takers.get(kustomization, ())))
        replaced, more = _replaces(kustomization, tree)
        if (usual or more) and not replaced.isdisjoint(names):
            first = first or kustomization
        elif kustomization in takers:
            waiting += takers[kustomization]
        else:
            return ""
    return first


def _replaces(path: str, tree: Tree) -> tuple[frozenset[str], bool]:
    """(what the entries of a kustomization and its components fit, whether it is configured to change further fields)."""

    def make() -> tuple[frozenset[str], bool]:
        found = _changing(path, tree)
        more = any(any(select(root, key, "*")) for root in roots_of(path, tree) for key in ("configurations", "transformers"))
        return frozenset(entry.name for entry in found), more

    return tree.memo("kustomization replaces", path, make)


def _changing(path: str, tree: Tree) -> list[Entry]:
    """What a kustomization and its components apply to what it takes in."""

    def make() -> list[Entry]:
        return [entry for one in (*_components(path, tree), path) for entry in applied(one, tree) if entry.changes]

    return tree.memo("kustomization changes", path, make)


def above(path: str, tree: Tree) -> list[str]:
    """The kustomizations that take in the file at `path`, or take in one that does; nearest first."""
    takers = _takers(tree)
    found = dict.fromkeys(takers.get(path, ()))
    waiting = list(found)
    for kustomization in waiting:  # which grows
        spend(1 + len(takers.get(kustomization, ())))
        more = [one for one in takers.get(kustomization, ()) if one not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return waiting


def carried(image: Used, path: str, tree: Tree) -> list[Used]:
    """An image that the kustomization at `path` takes in, as it leaves those that no other takes in, on every way to them. Its path
    stays as it is unless an entry gives it a tag or a digest: what stands behind a tag says nothing of that. Raises Exceeded."""
    takers, waiting, seen = _takers(tree), [(path, image)], set[tuple[str, Used]]()
    found: dict[Used, None] = {}
    left = _CARRIED_STEPS
    while waiting:
        state = kustomization, image = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        changing, above = _changing(kustomization, tree), takers.get(kustomization, ())
        left -= 1 + len(changing) + len(above)
        if left < 0:
            raise Exceeded(f"{path} is taken in on so many ways that what becomes of its images is not judged", 0)
        for entry in changing:
            if entry.name in image.names:
                given = entry.path if entry.new_tag or entry.digest else image.path
                image = replaced(image, entry)._replace(path=given)
        waiting += [(taker, image) for taker in above]
        found.update({} if above else {image: None})
    return list(found)


def components(path: str, tree: Tree) -> list[str]:
    """The components that a kustomization applies, those of a component before it, each once."""
    return _components(path, tree)


def takers(path: str, tree: Tree) -> list[str]:
    """The kustomizations that name the file at `path`, or the folder that it is the kustomization of."""
    return _takers(tree).get(path, [])


def _takers(tree: Tree) -> dict[str, list[str]]:
    """For each file the kustomizations that take it in."""
    return tree.memo("kustomizations taking in", "", lambda: _by_target(tree, taken_in))


def transformed(document: Document, own: list[Entry], tree: Tree) -> list[list[tuple[Used, Used]]]:
    """For each of the transformers in a document the images that it fits, in every kustomization that applies it."""

    def named(kustomization: str, tree: Tree) -> list[tuple[Node, str]]:
        found = _named_in(kustomization, tree, _TRANSFORMERS)
        return [(node, file) for node, target in found for file in _files_of(target, tree)]

    appliers = tree.memo("kustomizations transforming", "", lambda: _by_target(tree, named)).get(document.path, [])
    fitting: list[list[tuple[Used, Used]]] = [[] for _ in own]
    for kustomization in dict.fromkeys(appliers):
        known = applied(kustomization, tree)
        numbers = [number for number, entry in enumerate(known) if entry.path == document.path]
        now = list(known)
        for number, entry in zip(numbers, own, strict=False):  # the document may be newer than what the tree holds
            now[number] = entry
        followed = follow(used(kustomization, tree), now).fitting
        for number, fits in zip(numbers, fitting, strict=False):
            fits += followed[number]
    return fitting


def _by_target(tree: Tree, named: Callable[[str, Tree], list[tuple[Node, str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in NAMES:
        for path in tree.named(name):
            for _, target in named(path, tree):
                found.setdefault(target, []).append(path)
    return found

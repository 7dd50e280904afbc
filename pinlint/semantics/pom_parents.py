"""The parent of a pom, and its parents, as far as they are in the repository.

Knows where Maven looks for a parent and which pom it takes for one; must not know what is inherited.
"""

from collections.abc import Iterator

from pinlint.ecosystems.maven.names import VersionError, parse_range
from pinlint.semantics.poms import Coordinates, Pom, load, modules
from pinlint.tree import Tree, join

__all__ = ["filled", "lineage", "parent_of"]

_CANDIDATES = 50  # poms of one name that the range of a parent is compared with
_DEPTH_LIMIT = 40  # parents of parents: more is no inheritance, but an attack


def parent_of(tree: Tree, pom: Pom) -> Pom | None:
    """The parent of `pom` if it is in the repository: where relativePath says, or else by its coordinates, as in a reactor."""
    wanted = pom.parent
    return tree.memo("maven parent", pom.path, lambda: _parent(tree, pom, wanted)) if wanted else None


def _parent(tree: Tree, pom: Pom, wanted: Coordinates) -> Pom | None:
    if pom.relative:
        path = join(pom.path, pom.relative)
        for place in (path, f"{path}/pom.xml"):
            if tree.exists(place) and (found := load(tree, place)) and _fits(found.coordinates, filled(wanted, found)):
                return found
    if not wanted.artifact:
        return None
    if wanted.version[:1] not in ("[", "("):
        return _by_version(tree, f"{wanted.group}:{wanted.artifact}").get(wanted.version)
    candidates = modules(tree).get(f"{wanted.group}:{wanted.artifact}", ())[:_CANDIDATES]
    return next((found for found in candidates if _fits(found.coordinates, wanted)), None)


def _by_version(tree: Tree, name: str) -> dict[str, Pom]:
    """The poms of that group and artifact by their version as written, the first of several."""

    def make() -> dict[str, Pom]:
        return {pom.coordinates.version: pom for pom in reversed(modules(tree).get(name, ()))}

    return tree.memo("maven versions", name, make)


def filled(wanted: Coordinates, found: Pom) -> Coordinates:
    """The coordinates of a parent: Maven 4 takes what `<parent>` leaves out from the pom that it finds."""
    return Coordinates(*(part or other for part, other in zip(wanted, found.coordinates, strict=True)))


def _fits(own: Coordinates, wanted: Coordinates) -> bool:
    if (own.group, own.artifact) != (wanted.group, wanted.artifact):
        return False
    if own.version == wanted.version:
        return True
    return wanted.version[:1] in ("[", "(") and _contains(wanted.version, own.version)


def _contains(spec: str, version: str) -> bool:
    """Whether the range of a parent may be met by the pom where it is looked for: Maven then takes that pom."""
    try:
        allowed = parse_range(spec)
    except VersionError:
        return False
    return allowed.exact in (None, version)


def lineage(tree: Tree, pom: Pom) -> Iterator[Pom]:
    """The pom, its parent, and so on, as far as they are in the repository. A cycle is cut, and so is an endless line."""
    seen: set[str] = set()
    following: Pom | None = pom
    while following and following.path not in seen and len(seen) < _DEPTH_LIMIT:
        seen.add(following.path)
        yield following
        following = parent_of(tree, following)

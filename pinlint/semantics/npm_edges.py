"""What the packages of a lock ask of each other: which of them lack a package, or get another one than they ask for.

Knows how npm finds a package (from `node_modules` to `node_modules`, upwards); must not know files or what is reported.
Source: @npmcli/arborist, node.js (`resolve`), edge.js and build-ideal-tree.js (`#problemEdges`).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.budget import spend
from pinlint.ecosystems.npm.names import is_another, is_name

__all__ = ["Unmet", "accepted", "unmet"]

_Json = dict[str, Any]
_MODULES = "node_modules/"
_LONGEST = 4096  # characters of a path
_PARENTS_LIMIT = 200  # levels of directories that are climbed
#: What may excuse a package from having what it asks for; few packages have any of it.
_EXCUSES = frozenset(("optional", "devOptional", "link", "hasShrinkwrap", "inBundle", "bundleDependencies", "bundledDependencies"))


class Unmet(NamedTuple):
    """A package that another one asks for: `by` is the key of who asks, `found` the key of what it gets ("" = nothing)."""

    by: str
    name: str
    spec: str
    found: str


def unmet(packages: _Json, *, overridden: bool) -> list[Unmet]:
    """Everything that a locked package asks for and that the lock lacks, or has in a version that certainly is another one.

    `npm ci` refuses those. Not told: what optional packages ask for and what is optional itself, peers, what comes with a bundle or
    has a lock of its own, and what no package asks for any more. `overridden` is whether the project chooses other versions.
    """
    nested = {key.rpartition(_MODULES)[2] for key in packages if key.rfind(_MODULES) != 0}
    found: list[Unmet] = []
    for key, entry in packages.items():
        if type(entry) is dict and entry.get("dependencies") and key and key[:3] != "../" and len(key) < _LONGEST:
            found += _unmet(packages, nested, key, entry, overridden)
    if not any(one.found or is_name(one.name) for one in found):
        return []
    reached = _reached(packages)
    return [one for one in found if one.by in reached and (one.found or is_name(one.name))]


def _unmet(packages: _Json, nested: set[str], key: str, entry: _Json, overridden: bool) -> Iterator[Unmet]:
    asked = entry["dependencies"]
    if type(asked) is not dict or (not _EXCUSES.isdisjoint(entry) and _is_excused(entry)):
        return
    for name, spec in asked.items():
        at = _resolved(packages, key, name) if name in nested else _MODULES + name
        if at and at in packages:
            target = packages[at]
            if overridden or not is_another(spec, target) or not is_another(accepted(entry, name, spec), target):
                continue
        itself = key.endswith(_MODULES + name)  # of which npm thinks now this, now that
        optional = entry.get("optionalDependencies")
        if type(spec) is str and not itself and not (isinstance(optional, dict) and name in optional):
            yield Unmet(key, name, spec, at if at and at in packages else "")


def accepted(package: _Json, name: str, spec: object) -> object:
    """What a package takes in place of what it asks for (`acceptDependencies`); `spec` if it says nothing of that name."""
    taken = package.get("acceptDependencies")
    return taken.get(name, spec) if isinstance(taken, dict) else spec


def _is_excused(entry: _Json) -> bool:
    """Whether npm may do without this package, or does not look for what it asks for: that is in its bundle or its shrinkwrap."""
    if "optional" in entry or "devOptional" in entry or "link" in entry:
        return True
    return bool(
        entry.get("hasShrinkwrap") or entry.get("inBundle") or entry.get("bundleDependencies") or entry.get("bundledDependencies")
    )


def _resolved(packages: _Json, key: str, name: str) -> str:
    """The key of the package that the one at `key` gets under `name`; "" if it gets none."""
    for _ in range(_PARENTS_LIMIT):
        spend(1)
        inside = f"{key}/{_MODULES}{name}" if key else _MODULES + name
        if inside in packages:
            return inside
        if not key:
            break
        key = key.rpartition("/")[0]
    return ""


def _reached(packages: _Json) -> set[str]:
    """The keys of the packages that the project and its workspaces come to, whichever way."""
    waiting, seen = ["", *(key for key in packages if _MODULES not in f"/{key}")], set[str]()
    while waiting:
        key = waiting.pop()
        entry = packages.get(key)
        if key in seen or not isinstance(entry, dict):
            continue
        seen.add(key)
        if entry.get("link") and isinstance(entry.get("resolved"), str):
            waiting.append(entry["resolved"])
        for group in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
            asked = entry.get(group)
            if isinstance(asked, dict) and (group != "devDependencies" or _MODULES not in f"/{key}"):
                waiting += [found for name in asked if (found := _resolved(packages, key, name))]
    return seen

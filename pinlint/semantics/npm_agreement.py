"""What a lock of npm disagrees about with its package.json or with itself, so that npm refuses it or installs something else.

Knows package.json and the entries of a lock; must not know how firm an entry is.
Source: npm, lib/utils/validate-lockfile.js, and @npmcli/arborist, build-ideal-tree.js.
"""

from collections.abc import Iterator
from typing import Any

from pinlint.ecosystems.npm.names import another_package, is_another, is_name, is_plain, specifier, tarball
from pinlint.model import Fact, KeyPath, Span
from pinlint.semantics.npm_edges import Unmet, accepted, unmet
from pinlint.syntax.json import load
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["disagreements"]

_Json = dict[str, Any]
_MODULES = "node_modules/"
_REFUSES = "`npm ci` refuses; run `npm install`"
_DEEPEST = 200  # No file system takes paths of more levels of node_modules, and a hostile file may hold any number.


def disagreements(document: Document, tree: Tree, lock: _Json, entries: _Json, prefix: str) -> Iterator[Fact]:
    """What `npm ci` refuses, or installs although something else is asked for.

    One fact about package.json, one about what the packages ask of each other, and one for every entry whose tarball is another
    package's. `entries` go by their name after `prefix`; those of version 1 have none, and nest.
    """
    packages = entries if prefix else _laid_out(entries)
    manifest = _object_at(tree, join(document.path, "package.json"))
    yield from _tarballs(packages, prefix)
    if not lock.get("lockfileVersion") or _inside_monorepo(document.path, tree):
        return
    told = list(_out_of_step(document, lock, manifest, entries, prefix))
    yield from told
    if not told and (prefix or lock.get("requires")):
        # Without package.json nobody knows what it overrides, and of version 1 hardly anybody what was meant.
        overridden = not prefix or not manifest or "overrides" in manifest
        yield from _within(unmet(packages, overridden=overridden), packages, prefix)


def _out_of_step(document: Document, lock: _Json, manifest: _Json, entries: _Json, prefix: str) -> Iterator[Fact]:
    """A fact if package.json asks for packages that have no entry, or for versions that the entry is not, so that `npm ci` must
    refuse, or for another package than the entry holds, which `npm ci` then installs.

    Only what is certain: some npm passes over a missing optional dependency that its registry does not have, ancient locks and
    shrinkwraps leave development dependencies out, and monorepo tools write locks without the packages that they link.
    """
    groups = ["dependencies"] if document.path.endswith("npm-shrinkwrap.json") else ["dependencies", "devDependencies"]
    asked = {name: spec for group in groups for name, spec in _table(manifest, group).items() if isinstance(spec, str)}
    optional = _table(manifest, "optionalDependencies")
    if any(spec.startswith(("workspace:", "catalog:", "portal:", "link:", "patch:")) for spec in asked.values()):
        return
    missing = [name for name in asked if is_name(name) and name not in optional and prefix + name not in entries]
    if missing:
        place: Span | KeyPath = Span(0, 1)
        if "" in entries and prefix:
            place = KeyPath(("packages", ""))
        elif not prefix and "dependencies" in lock:
            place = KeyPath(("dependencies",))
        names = ", ".join(sorted(missing)[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        yield Fact("stale-lock", place, f"package.json asks for {names}, which the lock does not hold, so {_REFUSES}")
        return
    required = {name: spec for name, spec in asked.items() if name not in optional}
    for name, spec in required.items() if prefix and "overrides" not in manifest else ():
        if held := another_package(name, spec, entries.get(prefix + name)):
            wanted = f"{name} as {spec}" if spec.startswith("npm:") else f"{name} {spec}"
            why = f"package.json asks for {wanted}, and the lock holds {held}, which npm installs"
            yield Fact("stale-lock", KeyPath(("packages", prefix + name)), f"{why}; remove the entry and run `npm install`")
    other = [
        name
        for name, spec in required.items()
        if all(is_another(taken, entries.get(prefix + name)) for taken in (spec, accepted(manifest, name, spec)))
    ]
    if other:
        first = prefix + other[0]
        held = f"{other[0]} {asked[other[0]]}" + (f" and {len(other) - 1} more" if len(other) > 1 else "")
        why = f"package.json asks for {held}, and the lock holds {entries[first]['version']}, so {_REFUSES}"
        yield Fact("stale-lock", KeyPath(("packages" if prefix else "dependencies", first)), why)


def _within(found: list[Unmet], packages: _Json, prefix: str) -> Iterator[Fact]:
    """A fact if packages of the lock ask for others that it does not hold."""
    if not found:
        return
    first = found[0]
    name = first.by.rpartition(_MODULES)[2]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    held = f"holds {packages[first.found]['version']}" if first.found else "does not hold it"
    why = f"{name} asks for {first.name} {first.spec}{more}, and the lock {held}, so {_REFUSES}"
    yield Fact("stale-lock", KeyPath(("packages", first.by) if prefix else _nested(first.by)), why)


def _tarballs(packages: _Json, prefix: str) -> Iterator[Fact]:
    """A fact for every entry whose address is that of the tarball of another package or version, which is what npm installs."""
    for key, entry in packages.items():
        if type(entry) is dict and type(resolved := entry.get("resolved")) is str and _MODULES in key:
            name, version = entry.get("name") or key.rpartition(_MODULES)[2], entry.get("version")
            if type(name) is type(version) is str and not resolved.endswith(f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"):
                held = _other_tarball(resolved, name, version)
                if held:
                    place = KeyPath((*(("packages", key) if prefix else _nested(key)), "resolved"), "value")
                    why = f"the lock holds {name} {version} at the address of {held}, and npm fetches what lies there"
                    yield Fact("stale-lock", place, f"{why}; remove the entry and run `npm install`")


def _other_tarball(resolved: str, name: str, version: str) -> str:
    """What the tarball at an address is instead of that package and version; "" if it is that, or cannot be told."""
    served = tarball(resolved)
    if not served or not version:
        return ""
    if served[0] != name:  # a registry of one's own may keep a package without its scope, or under one
        return "" if served[0].rpartition("/")[2] == name.rpartition("/")[2] else f"{served[0]} {served[1]}".rstrip()
    return f"{name} {served[1]}" if served[1] and is_plain(version) and served[1] != version else ""


def _laid_out(dependencies: _Json) -> _Json:
    """The entries of a lock of version 1, which nest, as those of later versions, by their place."""
    found: _Json = {"": {"dependencies": dict.fromkeys(dependencies, "")}}
    levels = [("", dependencies)]
    while levels:
        above, below = levels.pop()
        for name, entry in below.items():
            if isinstance(entry, dict):
                key = f"{above}{_MODULES}{name}"
                found[key] = _as_later(entry)
                if isinstance(inner := entry.get("dependencies"), dict) and key.count(_MODULES) < _DEEPEST:
                    levels.append((f"{key}/", inner))
    return found


def _as_later(entry: _Json) -> _Json:
    """An entry of version 1 as later versions have it. Its `version` may be an alias, or where the package comes from."""
    made = {key: entry[key] for key in ("resolved", "optional") if entry.get(key)}
    made |= {"dependencies": entry.get("requires"), "inBundle": entry.get("bundled")}
    asked = specifier(entry["version"]) if isinstance(entry.get("version"), str) else None
    if asked and asked.kind == "registry":
        made["version"] = asked.ref
    elif asked and asked.kind == "alias":
        made["name"], _, made["version"] = asked.ref.rpartition("@")
    return made


def _nested(key: str) -> tuple[str, ...]:
    """The keys that lead to an entry of version 1."""
    names = key[len(_MODULES) :].split(f"/{_MODULES}")
    return tuple(part for name in names for part in ("dependencies", name))


def _object_at(tree: Tree, path: str) -> _Json:
    """The object that the file at `path` holds; empty if it cannot be read, is missing or holds something else."""
    if not tree.exists(path):
        return {}
    try:
        value = load(tree.read(path).text)
    except Unread:
        return {}
    return value if isinstance(value, dict) else {}


def _table(manifest: _Json, field: str) -> _Json:
    value = manifest.get(field)
    return value if isinstance(value, dict) else {}


def _inside_monorepo(path: str, tree: Tree) -> bool:
    """Whether a directory above holds what makes this package a part of something larger."""
    while "/" in path:
        path = path.rpartition("/")[0]
        if any(tree.exists(join(path, name)) for name in ("lerna.json", "rush.json", "pnpm-workspace.yaml")):
            return True
        if _object_at(tree, join(path, "package.json")).get("workspaces"):
            return True
    return False

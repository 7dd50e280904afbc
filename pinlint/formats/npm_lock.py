"""npm lock files, lockfileVersion 1, 2 and 3: package-lock.json and npm-shrinkwrap.json.

Knows which entries npm fetches, from where, and what it checks them by. Must not know registries: the host of the public one
stands for whichever registry is configured, so hosts are not compared here.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.budget import spend
from pinlint.ecosystems.npm.names import git_verdict, integrity_verdict, is_insecure_git, is_public, specifier
from pinlint.ecosystems.url.names import local_host, origin
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.npm_agreement import disagreements
from pinlint.semantics.npm_locked import plain_origin
from pinlint.syntax.json import Unparsable, load
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["references"]

_Json = dict[str, Any]
_MODULES = "node_modules/"
_DEEPEST = 200  # No file system takes paths of more levels of node_modules, and a hostile file may hold any number.
_FIELDS = ("name", "version", "resolved", "integrity")
_TYPES: dict[type, str] = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
_TYPES |= {bool: "true or false", type(None): "null"}
_NO_HASH = "no integrity hash, so nothing says which bytes npm may install"
_conflict = re.compile(r"^<{7}", re.MULTILINE).search
_sha512 = re.compile(r"sha512-[A-Za-z0-9+/]{85}[AQgw]==").fullmatch
_new = tuple.__new__  # The constructors of named tuples take twice as long.


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every entry that npm reads, in the order of the file; the root package itself is no reference.

    npm reads `packages` if it is there, else `dependencies`, whatever `lockfileVersion` says: a lock that holds both counts
    once. Source: @npmcli/arborist, shrinkwrap.js.
    """
    if _shadowed(document, tree):
        yield Fact("foreign", Span(0, 0), "npm does not read it: the npm-shrinkwrap.json beside it takes its place")
        return
    lock = load(document.text)
    if isinstance(lock, Unparsable):
        yield _unreadable(document.text, lock)
    elif not isinstance(lock, dict) or (why := _unlike_a_lock(lock)):
        why = why if isinstance(lock, dict) else f"it is {_TYPES[type(lock)]} instead of an object"
        yield Fact(
            "unreadable-lock", Span(0, 1), f"{why}; write it again with `npm install --package-lock-only --lockfile-version 3`"
        )
    elif isinstance(lock.get("packages"), dict):
        yield from disagreements(document, tree, lock, lock["packages"], _MODULES)
        yield from _packages(_Lock(document.path, tree, lock["packages"]))
    else:
        dependencies = lock.get("dependencies") or {}
        yield from disagreements(document, tree, lock, dependencies, "")
        yield from _dependencies(_Lock(document.path, tree, {}), dependencies)


def _shadowed(document: Document, tree: Tree) -> bool:
    shrinkwrap = join(document.path, "npm-shrinkwrap.json")
    if shrinkwrap == document.path or not tree.exists(shrinkwrap):
        return False
    try:
        return bool(tree.bytes(shrinkwrap))  # npm passes over an empty one.
    except Unread:
        return False


def _unreadable(text: str, error: Unparsable) -> Fact:
    if conflict := _conflict(text):
        why = "it holds merge-conflict markers; resolve them with `npm install --package-lock-only`"
        return Fact("unreadable-lock", Span(*conflict.span()), why)
    why = f"{error.reason}; restore it, or write it again with `npm install --package-lock-only`"
    return Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(text))), why)


def _unlike_a_lock(lock: _Json) -> str:
    """Why this object is no lock that npm and pinlint both understand; "" when it is one."""
    version = lock.get("lockfileVersion")
    if version and version not in (1, 2, 3, "1", "2", "3"):
        return f"it has lockfileVersion {str(version)[:20]}, and pinlint reads 1 to 3"
    for field in ("packages", "dependencies"):
        value = lock.get(field)
        if isinstance(value, dict):
            return ""
        if value or isinstance(value, list):
            return f"its `{field}` is {_TYPES[type(value)]} instead of an object"
    return "" if version else "it has neither lockfileVersion nor packages, so npm takes it for an empty lock"


# --- entries -----------------------------------------------------------------------------------------------------------------


class _Lock(NamedTuple):
    path: str
    tree: Tree
    packages: _Json


class _Entry(NamedTuple):
    """What both generations of entries come down to.

    `where` names the field that says where the package comes from; `by_url` is whether the URL may serve any version.
    """

    keys: tuple[str, ...]
    name: str
    version: str
    resolved: str
    integrity: str
    where: str
    by_url: bool

    def reference(
        self, verdict: str, why: str, digests: tuple[str, ...] = (), role: str = "locked package", source: str = ""
    ) -> Reference:
        artifact = Artifact("npm", self.name, source)
        return Reference(artifact, self.version, digests, verdict, KeyPath(self.keys), role, why)

    def hashless(self, verdict: str, why: str, source: str) -> Reference:
        """A reference whose missing, weak or useless integrity is to be written into the entry."""
        artifact, digests = Artifact("npm", self.name, source), (self.integrity,) if self.integrity else ()
        span, site = KeyPath(self.keys), KeyPath(self.keys, "value")
        return Reference(artifact, self.version, digests, verdict, span, "locked package", why, "", site, "json-sibling")


def _packages(lock: _Lock) -> Iterator[Reference | Fact]:
    """The entries of `packages`. Nearly all have a plain https URL and one sha512, and are passed on with the least work."""
    origins: dict[str, str] = {}
    urls: set[str] | None = None
    for key, entry in lock.packages.items():
        at, source = key.rfind(_MODULES), ""
        if (at == 0 or (at > 0 and key[at - 1] == "/")) and type(entry) is dict and "link" not in entry and "inBundle" not in entry:
            resolved: Any = entry.get("resolved")
            version: Any = entry.get("version")
            integrity: Any = entry.get("integrity", "")
            folder = key[at + 13 :]
            name: Any = entry.get("name") or (_folder_name(key) if "/" in folder else folder)
            if type(resolved) is type(integrity) is type(version) is type(name) is str:
                start = resolved[: resolved.find("/", 8)]
                source = origins.get(start) or origins.setdefault(start, plain_origin(start))
                if source and _sha512(integrity):
                    artifact = _new(Artifact, ("npm", name, source))
                    place = _new(KeyPath, (("packages", key), "key"))
                    fields = (artifact, version, (integrity,), "digest", place, "locked package", "", "", None, "", False, "")
                    yield _new(Reference, fields)
                    continue
        if not key:
            continue
        if urls is None:
            urls = _urls_asked_for(lock.packages)
        if source:
            by_url = resolved in urls or not version or version not in resolved
            yield _hashed(_Entry(("packages", key), name, version, resolved, integrity, "resolved", by_url), "remote", source)
        else:
            yield from _package(lock, key, entry, urls)


def _urls_asked_for(packages: _Json) -> set[str]:
    found: set[str] = set()
    for entry in packages.values():
        if type(entry) is dict:
            for group in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
                if group in entry and type(asked := entry[group]) is dict:
                    found.update([spec for spec in asked.values() if type(spec) is str and spec[:4] == "http"])
    return found


def _package(lock: _Lock, key: str, value: object, urls: set[str]) -> Iterator[Reference | Fact]:
    keys, at = ("packages", key), ("/" + key).rfind("/" + _MODULES)
    entry, fields, complaint = _read(keys, _folder_name(key), value)
    if complaint:
        yield entry.reference("unknown", complaint)
    elif fields.get("link"):
        yield entry.reference("local", f"a link to {entry.resolved or 'a directory'}", role="linked package")
    elif at < 0 and not entry.resolved:
        yield entry.reference("local", "a directory of the project itself", role="workspace")
    elif fields.get("inBundle") and (bundler := _bundler(lock.packages, key)):
        yield entry.reference("local", f"its bytes come with {bundler}", role="bundled package")
    else:
        unnamed = bool(entry.resolved) and (not entry.version or entry.version not in entry.resolved)
        yield from _judged(lock, entry._replace(by_url=unnamed or entry.resolved in urls))


def _folder_name(path: str) -> str:
    """The package name that npm reads off a directory: its own name, with a scope before it. Source: @npmcli/name-from-folder."""
    above, _, name = path.rstrip("/").rpartition("/")
    scope = above.rpartition("/")[2]
    return f"{scope}/{name}" if scope.startswith("@") else name


def _bundler(packages: _Json, key: str) -> str:
    """The name of the package around `key` whose tarball brings it along; "" if none does.

    What the root bundles is fetched like everything else. Source: @npmcli/arborist, node.js, `getBundler`.
    """
    for _ in range(_DEEPEST):
        at = ("/" + key).rfind("/" + _MODULES)
        if at <= 0:
            break
        key = key[: at - 1]
        around = packages.get(key)
        if isinstance(around, dict) and (around.get("bundleDependencies") or around.get("bundledDependencies")):
            return key[("/" + key).rfind("/" + _MODULES) + len(_MODULES) :] if _MODULES in key else key
    return ""


def _dependencies(lock: _Lock, dependencies: _Json) -> Iterator[Reference | Fact]:
    """The entries of a lock of version 1, which nest, in the order of the file. Not recursive: the nesting is not ours."""
    levels: list[tuple[tuple[str, ...], Iterator[tuple[str, Any]]]] = [(("dependencies",), iter(dependencies.items()))]
    while levels:
        above, items = levels[-1]
        for name, value in items:
            keys = (*above, name)
            spend(len(keys))
            yield from _dependency(lock, keys, value)
            inner = value.get("dependencies") if isinstance(value, dict) else None
            if isinstance(inner, dict):
                levels.append(((*keys, "dependencies"), iter(inner.items())))
                break
            if inner:
                entry = _read((*keys, "dependencies"), name, {})[0]
                yield entry.reference("unknown", f"its `dependencies` is {_TYPES[type(inner)]} instead of an object")
        else:
            levels.pop()


def _dependency(lock: _Lock, keys: tuple[str, ...], value: object) -> Iterator[Reference | Fact]:
    """An entry of version 1, whose `version` may be a version, an alias, or where the package comes from."""
    entry, fields, complaint = _read(keys, keys[-1], value)
    asked = specifier(entry.version)
    if complaint:
        yield entry.reference("unknown", complaint)
        return
    if fields.get("bundled") and len(keys) > 2:
        yield entry.reference("local", f"its bytes come with {keys[-3]}", role="bundled package")
        return
    if asked.kind == "alias":
        name, _, version = asked.ref.rpartition("@")
        entry = entry._replace(name=name or version, version=version if name else "")
    elif asked.kind != "registry":
        entry = entry._replace(version="", resolved=entry.version, where="version", by_url=True)
    yield from _judged(lock, entry)


def _read(keys: tuple[str, ...], name: str, value: object) -> tuple[_Entry, _Json, str]:
    """The entry at `keys`, its fields, and a complaint about types. To npm, what is absent and what is falsy are the same."""
    fields: _Json = value if isinstance(value, dict) else {}
    complaint = "" if isinstance(value, dict) else f"its entry is {_TYPES[type(value)]} instead of an object"
    for field in _FIELDS:
        if fields.get(field) and not isinstance(fields[field], str):
            complaint, fields = f"its `{field}` is {_TYPES[type(fields[field])]} instead of a text", {}
    named, version, resolved, integrity = (fields.get(field) or "" for field in _FIELDS)
    return _Entry(keys, named or name, version, resolved, integrity, "resolved", by_url=False), fields, complaint


# --- verdicts ----------------------------------------------------------------------------------------------------------------


def _judged(lock: _Lock, entry: _Entry) -> Iterator[Reference | Fact]:
    """What npm makes of an entry that it has to get from somewhere."""
    kind, ref = specifier(entry.resolved) if entry.resolved else ("registry", "")
    source = origin(entry.resolved)
    if kind == "git":
        if is_insecure_git(entry.resolved):
            place = KeyPath((*entry.keys, entry.where), "value")
            yield Fact("insecure-transport", place, f"{entry.name} is cloned from {source} without TLS")
        yield _git(entry, ref, source)
    elif kind == "directory":
        yield entry.reference("local", f"the directory {ref}", role="linked package")
    elif kind == "file" and integrity_verdict(entry.integrity).verdict != "digest" and lock.tree.exists(join(lock.path, ref)):
        yield entry.reference("local", f"the tarball {ref} in the repository")
    elif not kind or (kind == "registry" and entry.resolved):
        yield entry.reference("unknown", f"npm cannot fetch from {entry.resolved}", source=source)
    elif kind != "file" and not entry.resolved and not entry.version:
        yield entry.reference("unknown", "it has neither a version nor a place to fetch it from")
        if _is_installed(entry.keys):
            why = f"{entry.name} has neither a version nor a place to fetch it from, so npm leaves it out or refuses"
            yield Fact("unreadable-lock", KeyPath(entry.keys), f"{why}; remove the entry and run `npm install`")
    else:
        yield from _transport(entry, source)
        yield _hashed(entry, kind, source)


def _is_installed(keys: tuple[str, ...]) -> bool:
    """Whether an entry stands for a package: a folder that npm found outside, or deeper within node_modules, needs no version."""
    place = keys[1]
    if keys[0] != "packages":
        return True
    return not place.startswith("../") and f"/{place}".endswith(f"/{_MODULES}{_folder_name(place)}")


def _git(entry: _Entry, ref: str, source: str) -> Reference:
    verdict, commit, why = git_verdict(ref)
    digests = (commit,) if commit else (entry.integrity,) if entry.integrity else ()
    if digests and why:
        why += ", and npm never checks the integrity of a git dependency"
    return entry.reference(verdict, why, digests, source=source)


def _transport(entry: _Entry, source: str) -> Iterator[Fact]:
    place = KeyPath((*entry.keys, entry.where), "value")
    if local_host(host := source.partition("//")[2]):
        why = f"{entry.name} comes from {host}, which is another server, or none, on every other machine"
        yield Fact("unexpected-host", place, why)
    elif source.startswith("http:") and not is_public(source):
        yield Fact("insecure-transport", place, f"{entry.name} is fetched from {source} without TLS")


def _hashed(entry: _Entry, kind: str, source: str) -> Reference:
    """A tarball or a package of the registry, which is as firm as its integrity says."""
    if entry.integrity:
        verdict, why = integrity_verdict(entry.integrity)
        if verdict == "digest":
            return entry.reference(verdict, why, (entry.integrity,), source=source)
        return entry.hashless("floating" if verdict == "version" and entry.by_url else verdict, why, source)
    if kind == "file":
        return entry.reference("unknown", "the tarball is not in the repository, and no integrity says which one is meant")
    if entry.by_url:
        return entry.hashless("floating", "no integrity hash, so npm installs whatever the URL serves", source)
    return entry.hashless("version", _NO_HASH, source)

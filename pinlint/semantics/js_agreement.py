"""What a lock of yarn, pnpm or bun disagrees about with the manifests that it is about, so that its tool refuses it.

Knows manifests and what each tool compares; must not know how firm an entry is, nor how a lock is written.
Source: yarn 1, src/cli/commands/install.js; @yarnpkg/core, Project.ts; @pnpm/lockfile.verification, satisfiesPackageManifest.ts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pinlint.ecosystems.npm.names import parted, rules_out, specifier
from pinlint.model import Fact, KeyPath, Span
from pinlint.semantics.js_manifests import asked, last_name, manifest, members, table
from pinlint.text import Document
from pinlint.tree import Tree, join

__all__ = ["importers_as_locked", "packages_of_deno", "patterns_asked_for", "workspaces_as_locked", "workspaces_of_bun"]

_Json = dict[str, Any]


# --- yarn 1 ------------------------------------------------------------------------------------------------------------------

#: What has no entry, or one under other words than are written there.
_LINKED = ("link:", "workspace:", "portal:", "file:", "./", "../")
_ANEW = "yarn chooses a version anew on every install, also with `--frozen-lockfile`"


def patterns_asked_for(document: Document, tree: Tree, lock: _Json) -> Iterator[Fact]:
    """A fact for every manifest, and one for the lock itself, that asks for something under words that the lock does not hold.

    Of the manifest beside it yarn says so, with `--frozen-lockfile`. For all others it looks a version up and says nothing.
    """
    root = join(document.path, "package.json")
    top = manifest(tree, root)
    manifests = {path: manifest(tree, path) for path in (root, *members(tree, root))}
    passed = {one.get("name") for one in manifests.values()} | _chosen(table(top, "resolutions"))
    for path, value in manifests.items():
        missing = _missing(asked(value), lock, passed)
        if missing:
            consequence = "`yarn install --frozen-lockfile` refuses" if path == root else _ANEW
            why = f"{_shown(root, path)} asks for {missing}, which the lock does not hold, so {consequence}; run `yarn install`"
            yield Fact("stale-lock", _first_line(document), why)
    if not top:
        return
    for pattern, entry in lock.items():
        wanted = {**table(entry, "dependencies"), **table(entry, "optionalDependencies")}
        if wanted and (missing := _missing(wanted, lock, passed)):
            why = f"{parted(pattern)[0]} asks for {missing}, which the lock does not hold, so {_ANEW}; run `yarn install`"
            yield Fact("stale-lock", KeyPath((pattern,)), why)
            return


def _missing(wanted: Mapping[str, str], lock: _Json, passed: set[Any]) -> str:
    """The first that is asked for under words that the lock does not hold, "" if there is none."""
    for name, spec in wanted.items():
        if f"{name}@{spec}" not in lock and name not in passed and not spec.startswith(_LINKED):
            return f"{name} {spec}".rstrip()
    return ""


def _chosen(resolutions: Mapping[str, str]) -> set[str]:
    """The names of the packages whose version the project itself chooses."""
    return {parted(last_name(pattern))[0] for pattern in resolutions}


def _first_line(document: Document) -> Span:
    end = document.text.find("\n")
    return Span(0, end if end >= 0 else len(document.text))


def _shown(root: str, path: str) -> str:
    """A manifest as seen from the lock."""
    return path[len(root) - len("package.json") :]


# --- lists of what was asked for ---------------------------------------------------------------------------------------------


def _difference(asked_for: Mapping[str, str], held: Mapping[str, str]) -> str:
    """What was changed since the lock was made, "" if nothing was: the first change, and how many more."""
    changes = [
        f"asks for {name} {spec}, and the lock " + (f"was made for {held[name]}" if name in held else "does not hold it")
        for name, spec in asked_for.items()
        if held.get(name) != spec
    ]
    changes += [f"no longer asks for {name}, which the lock still holds" for name in held if name not in asked_for]
    more = f" (and {len(changes) - 1} more)" if len(changes) > 1 else ""
    return f"{changes[0]}{more}" if changes else ""


def workspaces_as_locked(document: Document, tree: Tree, lock: _Json) -> Iterator[Fact]:
    """A fact for every workspace whose manifest asks for something else than when yarn wrote the lock."""
    for key, entry in lock.items():
        resolution = entry.get("resolution") if isinstance(entry, dict) else None
        if not isinstance(resolution, str) or "@workspace:" not in resolution:
            continue
        folder = parted(resolution)[1].removeprefix("workspace:")
        path = join(document.path, f"{folder}/package.json")
        value = manifest(tree, path)
        if not value:
            continue
        held = {name: _bare(spec) for name, spec in table(entry, "dependencies").items()}
        if found := _difference({name: _bare(spec) for name, spec in asked(value).items()}, held):
            shown = _shown(join(document.path, "package.json"), path)
            why = f"{shown} {found}, so `yarn install --immutable` refuses; run `yarn install --mode update-lockfile`"
            yield Fact("stale-lock", KeyPath((0, key)), why)


_LISTED = ("dependencies", "devDependencies", "optionalDependencies")


def importers_as_locked(document: Document, tree: Tree, lock: _Json, number: int) -> Iterator[Fact]:
    """A fact for every importer whose manifest asks for something else than when pnpm wrote the lock. Nothing where a script of the
    project changes what manifests ask for. `number` is that of the document in the file."""
    if "pnpmfileChecksum" in lock:
        return
    found = lock.get("importers")
    several = isinstance(found, dict) or str(lock.get("lockfileVersion")).startswith("9")
    importers = found if isinstance(found, dict) else {".": {} if several else lock}
    for folder, importer in importers.items():
        path = join(document.path, f"{folder}/package.json")
        value = manifest(tree, path)
        if not value or not isinstance(importer, dict) or path.startswith("../"):
            continue
        # Old locks do not say whether pnpm installed the peers, too.
        told = [_unlike(value, importer, lock, peers) for peers in _with_peers(lock)]
        if all(told):
            why = f"{folder}/package.json".removeprefix("./") + f" {told[0]}, so `pnpm install --frozen-lockfile` refuses"
            place = KeyPath((number, "importers", folder)) if isinstance(found, dict) else _first_line(document)
            yield Fact("stale-lock", place, f"{why}; run `pnpm install --lockfile-only`")


def _with_peers(lock: _Json) -> tuple[bool, ...]:
    settings = lock.get("settings")
    said = settings.get("autoInstallPeers") if isinstance(settings, dict) else None
    return (said == "true",) if said else (False, True)


def _unlike(value: _Json, importer: _Json, lock: _Json, peers: bool) -> str:
    """What a manifest and its importer differ in, "" if in nothing that can be told."""
    wanted = {**(table(value, "peerDependencies") if peers else {}), **asked(value)}
    groups = {name: group for group in ("devDependencies", "dependencies", "optionalDependencies") for name in table(value, group)}
    held, held_in = _specifiers(importer)
    targets = _chosen(table(lock, "overrides"))
    for name in [*wanted, *held]:
        if name in targets or held.get(name, "").startswith("runtime:") or _is_left_out(wanted.get(name, ""), lock):
            wanted.pop(name, None)
            held.pop(name, None)
    if found := _difference(wanted, held):
        return found
    for name in wanted:
        if name in held_in and held_in[name] != groups.get(name, "dependencies"):
            return f"has {name} among its {groups.get(name, 'dependencies')}, and the lock among the {held_in[name]}"
    return ""


def _specifiers(importer: _Json) -> tuple[dict[str, str], dict[str, str]]:
    """What an importer was locked for (apart from the versions, in old locks, else beside them), and in which group each stands."""
    held, groups = table(importer, "specifiers"), {}
    for group in _LISTED:
        found = importer.get(group)
        for name, one in found.items() if isinstance(found, dict) else ():
            groups[name] = group
            if isinstance(one, dict) and isinstance(one.get("specifier"), str):
                held[name] = one["specifier"]
    return held, groups


def _is_left_out(spec: str, lock: _Json) -> bool:
    settings = lock.get("settings")
    links = isinstance(settings, dict) and settings.get("excludeLinksFromLockfile") == "true"
    return links and spec.startswith(("link:", "workspace:"))


def _bare(spec: str) -> str:
    """A range or tag without the protocol that yarn adds to it; an alias keeps it."""
    name, asked_for = parted(spec[4:]) if spec.startswith("npm:") else ("", "")
    return spec if name and (asked_for or name.startswith("@")) else spec.removeprefix("npm:")


# --- bun ---------------------------------------------------------------------------------------------------------------------


def workspaces_of_bun(document: Document, tree: Tree, lock: _Json) -> Iterator[Fact]:
    """A fact for every workspace whose manifest asks for other packages than when bun wrote the lock, or for a version that the
    locked one certainly is not. A range that the locked version still fits is no matter to bun, nor is where it stands."""
    found, packages = lock.get("workspaces"), lock.get("packages")
    for folder, held in found.items() if isinstance(found, dict) else ():
        shown = f"{folder}/package.json".removeprefix("/")
        path = join(document.path, shown)
        value = manifest(tree, path)
        if not value or not isinstance(held, dict) or path.startswith("../"):
            continue
        wanted, locked = asked(value), asked(held)
        for name in [name for name in wanted if name in locked and wanted[name] != locked[name]]:
            entry = packages.get(name) if isinstance(packages, dict) else None
            there, version = parted(entry[0]) if isinstance(entry, list) and entry and isinstance(entry[0], str) else ("", "")
            alias = parted(wanted[name][4:])[0] if wanted[name].startswith("npm:") else name
            if there in ("", alias, name) and not rules_out(wanted[name], version):
                locked[name] = wanted[name]
        if told := _difference(wanted, locked):
            why = f"{shown} {told}, so `bun install --frozen-lockfile` refuses"
            yield Fact("stale-lock", KeyPath(("workspaces", folder)), f"{why}; run `bun install --lockfile-only`")


# --- Deno --------------------------------------------------------------------------------------------------------------------


def packages_of_deno(document: Document, tree: Tree, lock: _Json) -> Iterator[Fact]:
    """A fact for every package.json that asks for packages that the lock does not know of, or no longer for some that it does. Only
    names are compared: Deno writes ranges in its own way."""
    top = lock.get("workspace")
    members = top.get("members") if isinstance(top, dict) else None
    found = {"": top, **(members if isinstance(members, dict) else {})}
    for folder, workspace in found.items():
        part = workspace.get("packageJson") if isinstance(workspace, dict) else None
        listed = part.get("dependencies") if isinstance(part, dict) else None
        shown = f"{folder}/package.json".removeprefix("/")
        value = manifest(tree, join(document.path, shown))
        if not isinstance(listed, list) or not value:
            continue
        held = {parted(one.partition(":")[2])[0]: "" for one in listed if isinstance(one, str)}
        wanted = dict.fromkeys(map(_of_deno, *zip(*asked(value).items(), strict=True)), "") if asked(value) else {}
        if told := _difference({name: "" for name in wanted if name}, held):
            keys = ("workspace", "members", folder) if folder else ("workspace",)
            why = f"{shown} {told.replace(' ,', ',')}, so `deno install --frozen` refuses; run `deno install`"
            yield Fact("stale-lock", KeyPath((*keys, "packageJson")), why)


def _of_deno(name: str, spec: str) -> str:
    """The package that Deno gets for a line of package.json from a registry; "" for one from elsewhere."""
    protocol, _, rest = spec.partition(":")
    if protocol in ("npm", "jsr"):
        return parted(rest)[0] if parted(rest)[1] or rest.startswith("@") else name
    return name if specifier(spec).kind == "registry" else ""

"""What Cargo.lock and a manifest of its workspace disagree about: `cargo --locked` refuses, and plain Cargo writes another lock.

Only what is certain. Knows manifests and locks; must not know how firm an entry is. Source: cargo, ops/lockfile.rs and
resolver/encode.rs.
"""

import re
from typing import Any, NamedTuple

from pinlint.budget import spend
from pinlint.ecosystems.cargo.names import requirement, source, version
from pinlint.model import KeyPath
from pinlint.semantics.cargo_locks import Crate, Lock
from pinlint.semantics.cargo_manifests import Asked, Workspace, asked, manifest_at, members, package_of
from pinlint.tree import Tree

__all__ = ["Difference", "difference", "locked_as", "outdated"]

_Table = dict[str, Any]
_LONGEST = 100


class Difference(NamedTuple):
    """Where a manifest says what the lock does not, and what that is."""

    place: KeyPath
    why: str


def difference(manifest: _Table, workspace: Workspace, lock: Lock) -> Difference | None:
    """The first thing that the lock of a workspace disagrees about with a member of it."""
    package = package_of(manifest)
    key = "package" if "package" in manifest else "project"
    name = package.get("name")
    if not isinstance(name, str):
        return None
    place = KeyPath((key, "name"), "value")
    crates = lock.local(name)
    if not crates:
        return Difference(place, f"the lock does not hold {_shown(name)} itself")
    released = _released(package, workspace)
    inherited = not isinstance(package.get("version"), str)
    if released and not inherited and all(one.version != released for one in crates):
        place = KeyPath((key, "version"), "value")
        return Difference(place, f"{_shown(name)} is {_shown(released)} by now, and the lock holds {_shown(crates[0].version)}")
    wanted = [one for one in crates if one.version == released] or crates
    return _edges(manifest, workspace, lock, wanted[0]) if len(wanted) == 1 else None


def outdated(tree: Tree, workspace: Workspace, lock: Lock) -> Difference | None:
    """That members of a workspace which inherit its version have another one in the lock, said once, at that version."""
    behind: dict[str, str] = {}
    released = _released({"version": {"workspace": True}}, workspace)
    for path in members(tree, workspace) if released else ():
        package = package_of(manifest_at(tree, path))
        name, written = package.get("name"), package.get("version")
        crates = (
            lock.local(name) if isinstance(name, str) and isinstance(written, dict) and written.get("workspace") is True else ()
        )
        if crates and all(one.version != released for one in crates):
            behind[str(name)] = crates[0].version
    if not behind:
        return None
    first, *more = behind
    who = f"{_shown(first)} and {len(more)} more are" if more else f"{_shown(first)} is"
    why = f"{who} {_shown(released)} by now, and the lock holds {_shown(behind[first])}"
    return Difference(KeyPath(("workspace", "package", "version"), "value"), why)


def _released(package: _Table, workspace: Workspace) -> str:
    """The version of a package, "" if it cannot be told."""
    written = package.get("version", "0.0.0")
    if isinstance(written, dict) and written.get("workspace") is True:
        above = workspace.manifest.get("workspace")
        inherited = above.get("package", {}) if isinstance(above, dict) else {}
        written = inherited.get("version", "") if isinstance(inherited, dict) else ""
    return written if isinstance(written, str) and version(written) else ""


def _edges(manifest: _Table, workspace: Workspace, lock: Lock, crate: Crate) -> Difference | None:
    """What a package asks for and its entry does not name, and the reverse."""
    held: dict[str, list[str]] = {}
    for text in crate.dependencies:
        held.setdefault(text.partition(" ")[0], []).append(text)
    shared, patched = workspace.shared, workspace.patched
    wanted: dict[str, list[Asked]] = {}
    complete = "replace" not in workspace.manifest
    for one in asked(manifest):
        meant = shared.get(one.keys[-1]) if one.inherits else one
        if one.place or meant is None:
            complete = complete and bool(one.place)
            continue
        wanted.setdefault(meant.name, []).append(meant)
        if meant.name not in held:
            return Difference(KeyPath(one.keys), f"the lock does not hold {_shown(meant.name)} for {_shown(crate.name)}")
        found = locked_as(lock, held[meant.name])
        if meant.name not in patched and found and (why := _ruled_out(meant, found)):
            return Difference(KeyPath(one.keys), why)
    left = next((text for name, texts in held.items() for text in texts if _is_left(lock, text, wanted.get(name), patched)), "")
    if complete and left:
        key = "package" if "package" in manifest else "project"
        return Difference(KeyPath((key, "name"), "value"), f"the lock still holds {_shown(left)} for {_shown(crate.name)}")
    return None


def _is_left(lock: Lock, text: str, wanted: list[Asked] | None, patched: frozenset[str]) -> bool:
    """Whether nothing asks for what an entry lists any more."""
    if wanted is None:
        return True
    if len(wanted) > 20 or wanted[0].name in patched or any({"path", "git"} & set(one.table) for one in wanted):
        return False
    found = locked_as(lock, [text])
    return bool(found) and all(_ruled_out(one, found) for one in wanted)


def locked_as(lock: Lock, texts: list[str]) -> list[Crate]:
    """The crates that entries of a list of dependencies mean."""
    found = []
    for text in texts:
        name, _, rest = text.partition(" ")
        wanted, _, origin = rest.partition(" ")
        spend(len(lock.by_name.get(name, ())))
        for number in lock.by_name.get(name, ()):
            crate = lock.crates[number]
            if wanted in ("", crate.version) and (
                not origin or crate.source.partition("#")[0] == origin.strip("()").partition("#")[0]
            ):
                found.append(crate)
    return found


def _ruled_out(meant: Asked, found: list[Crate]) -> str:
    """Why none of the locked crates can be the one that is asked for; "" if one may be."""
    if "path" in meant.table:
        return ""
    if "git" in meant.table:
        return _other_ref(meant, found)
    wanted = requirement(meant.version) if meant.version else None
    if wanted is None or not all(one.source and version(one.version) for one in found):
        return ""
    if any(wanted.allows(held) for one in found if (held := version(one.version))):
        return ""
    return f"the lock holds {_shown(meant.name)} {_shown(found[0].version)}, which {_shown(meant.version)} does not allow"


def _other_ref(meant: Asked, found: list[Crate]) -> str:
    """Why a repository is locked at another branch, tag or revision than the one that is asked for; "" if that is not certain."""
    wanted = {key: meant.table[key] for key in ("branch", "tag", "rev") if isinstance(meant.table.get(key), str)}
    for one in found:
        query = one.source.partition("#")[0].partition("?")[2]
        held = dict(re.findall(r"(branch|tag|rev)=([^&]*)", query))
        if source(one.source).kind != "git" or source(one.source).address != meant.table["git"] or not held or "%" in query:
            return ""
        if held == wanted or not wanted:
            return ""
    key, ref = next(iter(wanted.items()))
    return f"{_shown(meant.name)} is asked for at {key} {_shown(ref)}, and the lock holds another" if found else ""


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

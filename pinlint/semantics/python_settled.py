"""Which lock settles what a pyproject.toml asks for, and whether both still agree.

Knows where the tools look for their locks, and which of them a manifest is of; must not know how a lock is written.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from pinlint.ecosystems.pypi import names
from pinlint.ecosystems.pypi.revisions import repository
from pinlint.model import STRENGTH, Fact, KeyPath, Reference
from pinlint.semantics.python_locks import Written, as_json, graded, table
from pinlint.syntax.toml_values import load
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["Lock", "is_locked", "lock_of_pipfile", "lock_of_script", "locks", "missing", "settled", "stale", "stale_script"]

_Table = dict[str, Any]
#: Locks beside a manifest, the module that reads each, and the command that writes it.
_BESIDE = (
    ("uv.lock", "uv_locks", "uv lock"), ("poetry.lock", "poetry_locks", "poetry lock"), ("pdm.lock", "pdm_locks", "pdm lock"),
    ("pylock.toml", "pylocks", "pip lock"),
)  # fmt: skip
#: Where a manifest says `false` because it is no package, so that nobody else decides for it; the lock of that tool, its command.
_APPLICATIONS = (
    (("uv", "package"), "uv.lock", "uv lock"),
    (("poetry", "package-mode"), "poetry.lock", "poetry lock"),
    (("pdm", "distribution"), "pdm.lock", "pdm lock"),
)
#: Says that a text was compiled from a manifest, or exported from its lock.
_COMPILED = re.compile(r"^#.*(?:pyproject\.toml|\b(?:uv|poetry|pdm) export\b)", re.MULTILINE)
_HEAD = 4000
_MOST = 50  # texts that are looked at beside a manifest


class _Held(NamedTuple):
    """What a lock holds: names of projects, repositories with a commit, addresses with a hash; and what of it is compared with
    manifests."""

    names: set[str]
    repositories: set[str]
    archives: set[str]
    compared: _Table


class Lock(NamedTuple):
    """A lock that settles a manifest: `label` is its path as seen from there, `folder` where the manifest lies as seen from the
    lock ("" beside it), `module` what reads it."""

    label: str
    module: str
    command: str
    holds: _Held
    folder: str = ""


def locks(path: str, tree: Tree) -> list[Lock]:
    """The locks that settle the manifest at `path` and can be read."""
    found = []
    for name, module, command in _BESIDE:
        if holds := _held(join(path, name), module, tree):
            found.append(Lock(name, module, command, holds))
    own = [one for one in found if one.module == "uv_locks"]
    above = _above(path, tree)
    if above and (not own or import_module("pinlint.semantics.uv_locks").is_member(above.holds.compared, above.folder)):
        found = [above, *(one for one in found if one not in own)]
    return found


def lock_of_pipfile(path: str, tree: Tree) -> list[Lock]:
    """The lock beside the Pipfile at `path`, if it can be read."""
    holds = _held(join(path, "Pipfile.lock"), "pipfile_locks", tree)
    return [Lock("Pipfile.lock", "pipfile_locks", "pipenv lock", holds)] if holds else []


def lock_of_script(path: str, tree: Tree) -> Lock | None:
    """The lock beside the script at `path`, if it can be read."""
    name = path.rpartition("/")[2]
    holds = _held(f"{path}.lock", "uv_locks", tree)
    return Lock(f"{name}.lock", "uv_locks", f"uv lock --script {name}", holds) if holds else None


def stale_script(lock: Lock, manifest: _Table) -> str:
    """What the lock of a script and its metadata say differently, "" where they agree."""
    found = import_module("pinlint.semantics.uv_locks").disagreements_of_script(lock.holds.compared, manifest)
    return _differences(lock, found) if found else ""


def _held(path: str, module: str, tree: Tree) -> _Held | None:
    """What a lock holds; None where there is none, or its tool or pinlint cannot read it, which is said of the lock. Read once for
    all the manifests that it settles."""
    return tree.memo("python lock", path, lambda: _read(path, module, tree)) if tree.exists(path) else None


def _read(path: str, module: str, tree: Tree) -> _Held | None:
    try:
        text = Document(path, tree.bytes(path)).text
    except Unread:
        return None
    reader = import_module(f"pinlint.semantics.{module}")
    found = as_json(text, Written("", "")) if module == "pipfile_locks" else load(text)
    if not isinstance(found, dict) or reader.refusal(found):
        return None
    entries, compared = reader.entries(found), reader.compared(found)
    if tree.exists(join(path, "uv.toml")):  # which has its say about constraints
        compared["constrained"] = False
    firm = [entry for entry in entries if (entry.repository or entry.url) and STRENGTH[graded(entry)] >= STRENGTH["weak-digest"]]
    return _Held(
        {names.normalise(entry.name) for entry in entries},
        {repository(entry.repository).repository.lower() for entry in firm if entry.repository},
        {names.without_secrets(entry.url) for entry in firm if entry.url},
        compared,
    )


def _above(path: str, tree: Tree) -> Lock | None:
    """The nearest lock of uv above a manifest, if it holds the project: as a member of a workspace or as a path that another asks
    for."""
    parts = path.split("/")[:-1]
    for depth in range(len(parts) - 1, -1, -1):
        candidate, folder = "/".join((*parts[:depth], "uv.lock")), "/".join(parts[depth:])
        if tree.exists(candidate):
            holds = _held(candidate, "uv_locks", tree)
            if holds is None or folder not in holds.compared["projects"]:
                return None
            return Lock("../" * (len(parts) - depth) + "uv.lock", "uv_locks", "uv lock", holds, folder)
    return None


def is_locked(path: str, found: list[Lock], tree: Tree) -> bool:
    """Whether a lock was made for the manifest at `path`, whether it can be read or not."""
    return bool(found) or any(tree.exists(join(path, name)) for name, _, _ in _BESIDE)


def settled(references: list[Reference], found: list[Lock]) -> list[Reference]:
    """The references, with the lock that settles each: for a range one that names the project, for a repository or an archive one
    that has its commit or its hash."""
    return [_settled(one, found) for one in references]


def _settled(reference: Reference, found: list[Lock]) -> Reference:
    if reference.verdict not in ("floating", "tag", "range", "version") or reference.role == "build requirement":
        return reference
    kind, name = reference.artifact.kind, reference.artifact.name
    for lock in found:
        known = {"git": lock.holds.repositories, "url": lock.holds.archives}.get(kind, lock.holds.names)
        if (name.lower() if kind == "git" else name) in known:
            return reference._replace(settled_by=lock.label)
    return reference


def stale(manifest: _Table, found: list[Lock]) -> Iterator[Fact]:
    """The fact for each lock that it and the manifest say different things, unless the project has moved on to another tool."""
    for lock in found:
        if not _is_used(lock, manifest, alone=len(found) == 1):
            continue
        module = import_module(f"pinlint.semantics.{lock.module}")
        if differences := module.disagreements(lock.holds.compared, manifest, lock.folder):
            yield Fact("stale-lock", _place(manifest), _differences(lock, differences))


def _differences(lock: Lock, found: list[str]) -> str:
    more = f" and {len(found) - 3} more such" if len(found) > 3 else ""
    return f"{lock.label} {', '.join(found[:3])}{more}; run `{lock.command}`"


def _is_used(lock: Lock, manifest: _Table, *, alone: bool) -> bool:
    """Whether a manifest is one of the tool that wrote the lock: a lock of Poetry or PDM may have been left behind."""
    tool = {"poetry_locks": "poetry", "pdm_locks": "pdm"}.get(lock.module)
    backend = str(table(manifest.get("build-system")).get("build-backend"))
    said = tool is None or tool in table(manifest.get("tool")) or tool in backend
    return said or (alone and tool == "pdm")


def _place(manifest: _Table) -> KeyPath:
    """The table that says most of what a manifest asks for."""
    if "packages" in manifest or "dev-packages" in manifest:  # a Pipfile
        return KeyPath(("packages" if "packages" in manifest else "dev-packages",))
    tool = table(manifest.get("tool"))
    if "project" in manifest or "poetry" not in tool:
        return KeyPath(("project",) if "project" in manifest else ("dependency-groups",))
    return KeyPath(("tool", "poetry", "dependencies"))


def missing(path: str, manifest: _Table, found: list[Lock], tree: Tree) -> Fact | None:
    """The fact that an application has no lock; None where it has one, or may be none, or something was compiled from it."""
    if found or "{" in path or not _asks(manifest):
        return None
    tool = table(manifest.get("tool"))
    for (name, key), lock, command in _APPLICATIONS:
        if table(tool.get(name)).get(key) is False and not tree.exists(join(path, lock)) and not _compiled(path, tree):
            why = f"it says that it is no package, and no {lock} settles its versions: run `{command}` and commit the lock"
            return Fact("missing-lock", KeyPath(("tool", name, key)), why)
    return None


def _asks(manifest: _Table) -> bool:
    poetry = table(table(table(manifest.get("tool")).get("poetry")).get("dependencies"))
    return bool(table(manifest.get("project")).get("dependencies")) or bool(poetry.keys() - {"python"})


def _compiled(path: str, tree: Tree) -> bool:
    """Whether a text near a manifest says that it was compiled or exported from one."""
    folders = tree.memo("texts by folder", "", lambda: _texts(tree))
    near = [one for folder in (path.rpartition("/")[0], join(path, "requirements")) for one in folders.get(folder, ())]
    for one in sorted(near)[:_MOST]:
        try:
            if _COMPILED.search(tree.read(one, "pip").text[:_HEAD]):
                return True
        except Unread:
            continue
    return False


def _texts(tree: Tree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tree.listed():
        if one.endswith(".txt"):
            found.setdefault(one.rpartition("/")[0], []).append(one)
    return found

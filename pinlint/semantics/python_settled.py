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
from pinlint.semantics.python_locks import Locked, Written, as_json, graded, table, texts
from pinlint.syntax.toml_values import load
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["Lock", "lock_of_pipfile", "locks", "missing", "settled", "stale"]

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


class Lock(NamedTuple):
    """A lock that settles a manifest: `label` is its path as seen from there, `content` what it holds, `folder` where the manifest
    lies as seen from the lock ("" beside it), `module` what reads it."""

    path: str
    label: str
    module: str
    command: str
    content: _Table
    folder: str = ""


def locks(path: str, tree: Tree) -> list[Lock]:
    """The locks that settle the manifest at `path` and can be read."""
    found = []
    for name, module, command in _BESIDE:
        beside = join(path, name)
        if tree.exists(beside) and (content := _content(beside, module, tree)):
            found.append(Lock(beside, name, module, command, content))
    own = [one for one in found if one.module == "uv_locks"]
    above = _above(path, tree)
    if above and (not own or _is_member(above)):
        found = [above, *(one for one in found if one not in own)]
    return found


def _is_member(lock: Lock) -> bool:
    """Whether a lock above is that of a workspace with the manifest in it: uv then looks at no other."""
    uv = import_module("pinlint.semantics.uv_locks")
    entry = uv.entry_of(lock.content, lock.folder) or {}
    return entry.get("name") in texts(table(lock.content.get("manifest")).get("members"))


def lock_of_pipfile(path: str, tree: Tree) -> list[Lock]:
    """The lock beside the Pipfile at `path`, if it can be read."""
    beside = join(path, "Pipfile.lock")
    content = _content(beside, "pipfile_locks", tree) if tree.exists(beside) else {}
    return [Lock(beside, "Pipfile.lock", "pipfile_locks", "pipenv lock", content)] if content else []


def _content(path: str, module: str, tree: Tree) -> _Table:
    """What a lock holds; nothing where its tool or pinlint cannot read it, which is said of the lock."""
    try:
        text = tree.read(path).text
    except Unread:
        return {}
    found = as_json(text, Written("", "")) if module == "pipfile_locks" else load(text)
    refused = not isinstance(found, dict) or import_module(f"pinlint.semantics.{module}").refusal(found)
    return {} if refused else found  # type: ignore[return-value]


def _above(path: str, tree: Tree) -> Lock | None:
    """The nearest lock of uv above a manifest, if it holds the project: as a member of a workspace or as a path that another asks
    for."""
    parts = path.split("/")[:-1]
    for depth in range(len(parts) - 1, -1, -1):
        candidate = "/".join((*parts[:depth], "uv.lock"))
        if tree.exists(candidate):
            folder = "/".join(parts[depth:])
            content = _content(candidate, "uv_locks", tree)
            if import_module("pinlint.semantics.uv_locks").entry_of(content, folder) is None:
                return None
            return Lock(candidate, "../" * (len(parts) - depth) + "uv.lock", "uv_locks", "uv lock", content, folder)
    return None


def settled(references: list[Reference], found: list[Lock]) -> list[Reference]:
    """The references, with the lock that settles each: for a range one that names the project, for a repository or an archive one
    that has its commit or its hash."""
    held = [(lock, _held(import_module(f"pinlint.semantics.{lock.module}").entries(lock.content))) for lock in found]
    return [_settled(one, held) for one in references]


class _Held(NamedTuple):
    names: set[str]
    repositories: set[str]
    archives: set[str]


def _held(entries: list[Locked]) -> _Held:
    firm = [entry for entry in entries if (entry.repository or entry.url) and STRENGTH[graded(entry)] >= STRENGTH["weak-digest"]]
    return _Held(
        {names.normalise(entry.name) for entry in entries},
        {repository(entry.repository).repository.lower() for entry in firm if entry.repository},
        {names.without_secrets(entry.url) for entry in firm if entry.url},
    )


def _settled(reference: Reference, held: list[tuple[Lock, _Held]]) -> Reference:
    if reference.verdict not in ("floating", "tag", "range", "version") or reference.role == "build requirement":
        return reference
    kind, name = reference.artifact.kind, reference.artifact.name
    for lock, holds in held:
        known = {"git": holds.repositories, "url": holds.archives}.get(kind, holds.names)
        if (name.lower() if kind == "git" else name) in known:
            return reference._replace(settled_by=lock.label)
    return reference


def stale(manifest: _Table, found: list[Lock]) -> Iterator[tuple[Fact, Lock]]:
    """The fact that a manifest and a lock of its own tool say different things, and the lock."""
    for lock in found:
        module = import_module(f"pinlint.semantics.{lock.module}")
        if differences := module.disagreements(lock.content, manifest, lock.folder):
            more = f" and {len(differences) - 3} more such" if len(differences) > 3 else ""
            why = f"{lock.label} {', '.join(differences[:3])}{more}; run `{lock.command}`"
            yield Fact("stale-lock", _place(manifest), why), lock


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
    folder = path.rpartition("/")[0]
    near = [one for one in tree.listed() if one.endswith(".txt") and one.rpartition("/")[0] in (folder, join(path, "requirements"))]
    for one in sorted(near)[:_MOST]:
        try:
            if _COMPILED.search(tree.read(one, "pip").text[:_HEAD]):
                return True
        except Unread:
            continue
    return False

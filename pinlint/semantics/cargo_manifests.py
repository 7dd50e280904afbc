"""Cargo.toml: what it asks for, which workspace it is of, whether it is certainly an application.

Knows the tables of manifests; must not know how firm what they ask for is, nor what a lock holds.
Source: the Cargo book (manifest, specifying dependencies), and cargo, workspace/workspace.rs.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.glob import compiled
from pinlint.model import Fact, Span
from pinlint.semantics.shown import is_shown
from pinlint.syntax.toml_values import Unparsable, load
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = [
    "Asked",
    "Workspace",
    "application",
    "asked",
    "is_member",
    "manifest_at",
    "members",
    "package_of",
    "read_manifest",
    "workspace_of",
]

_Table = dict[str, Any]
_Keys = tuple[str | int, ...]
_GROUPS = ("dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies")
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{|<%")
#: Patterns of members that are compared with each manifest, besides those of all folders in one: more no person wrote.
_PATTERNS = 20


class Asked(NamedTuple):
    """A dependency: the keys that lead to it, the crate that is meant, the version that is required ("" for none), the table that
    says more, and what kind of place it stands in ("" for one of the package itself)."""

    keys: _Keys
    name: str
    version: str
    table: _Table
    place: str = ""

    @property
    def version_keys(self) -> _Keys:
        """The keys that lead to the version."""
        return (*self.keys, "version") if "version" in self.table else self.keys

    @property
    def inherits(self) -> bool:
        """Whether the root of the workspace says what is meant."""
        return self.table.get("workspace") is True


class Workspace(NamedTuple):
    """The root of the workspace that a manifest is of, itself where it is of none, and what it holds; `shared` are the dependencies
    that members inherit, by key, `patched` the crates of which others take the place."""

    path: str
    manifest: _Table
    shared: dict[str | int, Asked]
    patched: frozenset[str]


def read_manifest(document: Document) -> _Table | Fact:
    """What a manifest holds, or the fact that Cargo cannot read it."""
    found, place = load(document.text), Span(0, min(1, len(document.text)))
    if not isinstance(found, Unparsable):
        return found
    if _TEMPLATE.search(document.text):
        return Fact("template", place, "a template that is no TOML before it is filled in")
    return Fact("unreadable-file", place, f"it is no TOML: {found}")


def manifest_at(tree: Tree, path: str) -> _Table:
    """What the manifest at a path holds; nothing where none is, or none that can be read."""
    return tree.memo("cargo manifest", path, lambda: _manifest_at(tree, path)) if tree.exists(path) else {}


def _manifest_at(tree: Tree, path: str) -> _Table:
    try:
        found = read_manifest(tree.read(path))
    except Unread:
        return {}
    return found if isinstance(found, dict) else {}


def package_of(manifest: _Table) -> _Table:
    """The table of the package; nothing in a manifest that only says what a workspace holds."""
    return _table(manifest.get("package")) or _table(manifest.get("project"))


def asked(manifest: _Table) -> Iterator[Asked]:
    """Every dependency in the order of the tables: those of the package, then those of platforms, the workspace and patches."""
    for group in _GROUPS:
        yield from _group(manifest.get(group), (group,), "")
    for platform, below in _table(manifest.get("target")).items():
        for group in _GROUPS:
            yield from _group(_table(below).get(group), ("target", platform, group), "")
    yield from _group(_table(manifest.get("workspace")).get("dependencies"), ("workspace", "dependencies"), "workspace")
    for patched, below in _table(manifest.get("patch")).items():
        yield from _group(below, ("patch", patched), "patch")
    for one in _group(manifest.get("replace"), ("replace",), "replace"):
        yield one._replace(name=_replaced(str(one.keys[-1]), one.table))


def _group(group: Any, keys: _Keys, place: str) -> Iterator[Asked]:
    for name, value in _table(group).items():
        table = _table(value)
        version, package = value if isinstance(value, str) else table.get("version"), table.get("package")
        renamed = package if isinstance(package, str) and package else name
        yield Asked((*keys, name), renamed, version if isinstance(version, str) else "", table, place)


def _replaced(specification: str, table: _Table) -> str:
    """The crate that is put in place of `name:1.0.0` or `https://…#name@1.0.0`."""
    if isinstance(table.get("package"), str):
        return str(table["package"])
    return re.split("[:@]", specification.rpartition("#")[2].rpartition("/")[2])[0] or specification


def _table(value: Any) -> _Table:
    return value if isinstance(value, dict) else {}


# --- workspaces --------------------------------------------------------------------------------------------------------------


def workspace_of(tree: Tree, path: str, manifest: _Table) -> Workspace:
    """The workspace of the manifest at a path: the nearest one above that does not exclude it, whether it lists it or not."""
    if "workspace" in manifest:
        return _rooted(tree, path, manifest)
    named = package_of(manifest).get("workspace")
    if isinstance(named, str):
        root = join(path, f"{named}/Cargo.toml")
        return _rooted(tree, root, manifest_at(tree, root))
    folder = path.rpartition("/")[0]
    while folder:
        folder = folder.rpartition("/")[0]
        root = f"{folder}/Cargo.toml".lstrip("/")
        above = manifest_at(tree, root)
        if "workspace" in above and not _excludes(tree, root, path):
            return _rooted(tree, root, above)
    return _rooted(tree, path, manifest)


def _rooted(tree: Tree, root: str, manifest: _Table) -> Workspace:
    def made() -> Workspace:
        below = list(asked(manifest))
        shared = {one.keys[-1]: one for one in below if one.place == "workspace"}
        return Workspace(root, manifest, shared, frozenset(one.name for one in below if one.place == "patch"))

    return tree.memo("cargo workspace", root, made)


class _Members(NamedTuple):
    listed: frozenset[str]
    above: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    excluded: frozenset[str]


def _members(tree: Tree, root: str) -> _Members:
    return tree.memo("cargo members", root, lambda: _read_members(_table(manifest_at(tree, root).get("workspace")), root))


def _read_members(workspace: _Table, root: str) -> _Members:
    named = [join(root, one) for one in _texts(workspace.get("members"))]
    plain = [one for one in named if not set("*?[") & set(one.removesuffix("/*"))]
    above = frozenset(one.removesuffix("/*") for one in plain if one.endswith("/*"))
    starred = [one for one in named if set("*?[") & set(one.removesuffix("/*")) and "[" not in one]
    patterns = tuple(compiled(one, start="^") for one in starred[:_PATTERNS])
    return _Members(frozenset(named), above, patterns, frozenset(join(root, one) for one in _texts(workspace.get("exclude"))))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _folders(path: str) -> Iterator[str]:
    """The folder of a file and every one around it."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _excludes(tree: Tree, root: str, path: str) -> bool:
    members = _members(tree, root)
    if not members.excluded:
        return False
    around = list(_folders(path))
    return any(one in members.excluded for one in around) and not any(one in members.listed for one in around)


def is_member(tree: Tree, workspace: Workspace, path: str) -> bool:
    """Whether the manifest at a path is certainly of a workspace: its root, or listed there. What a member depends on by a path is
    of it, too, which is not looked for."""
    if workspace.path == path:
        return True
    members, folder = _members(tree, workspace.path), path.rpartition("/")[0]
    listed = (
        folder in members.listed
        or folder.rpartition("/")[0] in members.above
        or any(pattern.search(folder) for pattern in members.patterns)
    )
    return listed and not any(one in members.excluded for one in _folders(path))


def members(tree: Tree, workspace: Workspace) -> list[str]:
    """The manifests that are certainly of a workspace, its root among them."""
    start = workspace.path.removesuffix("Cargo.toml")
    paths = [path for path in tree.listed() if path.endswith("Cargo.toml") and path.startswith(start)]
    return sorted(path for path in paths if path[-11:-10] in ("", "/") and is_member(tree, workspace, path))


def application(tree: Tree, path: str, manifest: _Table) -> bool:
    """Whether a manifest certainly is of a program of its own: a main file, no library, and neither an example nor a test."""
    if not package_of(manifest) or is_shown(path):
        return False
    if "lib" in manifest or tree.exists(join(path, "src/lib.rs")):
        return False
    return bool(manifest.get("bin")) or tree.exists(join(path, "src/main.rs"))

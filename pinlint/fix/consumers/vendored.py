"""What is fetched once for several manifests, or was fetched beforehand, and is found by the words of each.

Source: the Cargo book, Source replacement: `cargo vendor` writes a table with the address and the ref of each repository, and what
asks for another ref is fetched instead. To Cargo a repository at a tag and the same one at the commit of that tag are two, and so
are their crates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.cargo.names import repository
from pinlint.fix.consumers.site import Objection, Site
from pinlint.semantics.cargo_manifests import asked, manifest_at, members, workspace_of
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["by_cargo", "for_workspace"]

_CONFIGURATIONS = (".cargo/config.toml", ".cargo/config")


def by_cargo(site: Site) -> Objection | None:
    """An objection where a configuration of Cargo, beside a manifest or above it, says where else the repository is to be found."""
    if not site.path.endswith("Cargo.toml"):
        return None
    name, folder = site.reference.artifact.name, site.path
    while folder:
        folder = folder.rpartition("/")[0]
        for configuration in _CONFIGURATIONS:
            path = f"{folder}/{configuration}".lstrip("/")
            if site.tree.exists(path) and name in _text(site, path):
                return Objection(f"{path} names the repository: what was vendored from it is found by the ref; vendor it again")
    return None


def _text(site: Site, path: str) -> str:
    try:
        return site.tree.read(path).text
    except Unread:
        return ""


def for_workspace(site: Site) -> Objection | None:
    """An objection where another manifest of the workspace asks for the repository: their crates would no longer be the same."""
    if not site.path.endswith("Cargo.toml"):
        return None
    workspace = workspace_of(site.tree, site.path, manifest_at(site.tree, site.path))
    for path in members(site.tree, workspace) if workspace.path != site.path or "workspace" in workspace.manifest else ():
        if path != site.path and site.reference.artifact.name in _repositories(site.tree, path):
            return Objection(
                f"{path} asks for the repository, too, and both have to name it alike; write it once, in `[workspace.dependencies]`"
            )
    return None


def _repositories(tree: Tree, path: str) -> frozenset[str]:
    def read() -> frozenset[str]:
        addresses = [one.table.get("git") for one in asked(manifest_at(tree, path))]
        return frozenset(repository(one) for one in addresses if isinstance(one, str))

    return tree.memo("cargo repositories", path, read)

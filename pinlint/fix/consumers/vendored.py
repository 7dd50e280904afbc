"""What was fetched beforehand and is found by the words of the manifest.

Source: the Cargo book, Source replacement: `cargo vendor` writes a table with the address and the ref of each repository, and what
asks for another ref is fetched instead.
"""

from __future__ import annotations

from pinlint.fix.consumers.site import Objection, Site
from pinlint.text import Unread

__all__ = ["by_cargo"]

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

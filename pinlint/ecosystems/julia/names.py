"""Julia's packages: trees of git, named by their hash.

Must not know files. Source: pkgdocs.julialang.org, "Project.toml and Manifest.toml".
"""

import re

__all__ = ["alike", "is_uuid", "purl", "tree_verdict"]

_tree = re.compile(r"[0-9a-f]{40}").fullmatch
_uuid = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


def is_uuid(text: object) -> bool:
    """Whether a value is the identity of a package."""
    return isinstance(text, str) and _uuid(text) is not None


def tree_verdict(tree: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the hash of a tree."""
    if _tree(tree):
        return "digest", (tree,), ""
    return "unknown", (), "its git-tree-sha1 has not 40 hex digits, so Julia cannot find the package"


def purl(name: str, version: str) -> str:
    """`pkg:julia/NAME@VERSION`. Source: purl-spec, type julia."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("julia", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text else ()

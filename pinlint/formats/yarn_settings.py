"""Settings of Yarn 2 and later, pnpm and Bun in a project: registries that are asked without TLS or without a look at their
certificate, and whether Yarn takes what its lock does not say. What else they say is a choice.

Source: the manuals of Yarn (yarnrc), pnpm (pnpm-workspace.yaml) and Bun (bunfig.toml).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.insecure_settings import asked, trusted, unchecked, unverified
from pinlint.syntax.yaml import read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Where a registry stands, in any of the files: `*` is every name.
_REGISTRIES = (
    ("npmRegistryServer",), ("npmScopes", "*", "npmRegistryServer"), ("registry",), ("registries", "*"), ("install", "registry"),
    ("install", "registry", "url"), ("install", "scopes", "*"), ("install", "scopes", "*", "url"),
)  # fmt: skip


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """No reference: facts about the settings alone."""
    for root in _roots(document):
        for path in _REGISTRIES:
            for one in _every(root, path):
                if one.kind == "scalar":
                    yield from asked(one.value, one.inner)
        for one in select(root, "unsafeHttpWhitelist"):
            for host in one.elements:
                yield from trusted(host)
        for key in ("enableStrictSsl", "strictSsl"):
            for one in select(root, key):
                yield from unchecked(one.value, one.inner)
        for one in select(root, "checksumBehavior"):
            yield from unverified(one.value, one.inner)


def _roots(document: Document) -> list[Node]:
    if document.path.endswith(".toml"):
        from pinlint.syntax import toml  # few projects use Bun's

        return [toml.read(document)]
    return read(document)


def _every(node: Node, path: tuple[str, ...]) -> Iterator[Node]:
    """What stands at a path."""
    if "*" not in path:
        yield from select(node, *path)
        return
    at = path.index("*")
    for above in select(node, *path[:at]):
        for _, below in above.items():  # noqa: PERF102 - a node, not a dict
            yield from _every(below, path[at + 1 :])

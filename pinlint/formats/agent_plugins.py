"""Plugins of agents: where a marketplace has each plugin fetched from, and which marketplaces a project makes known.

A plugin takes a commit (`sha`) beside its tag or branch (`ref`); a marketplace has only a `ref`. Source: the manual of Claude Code
(plugin marketplaces, settings); Codex keeps its marketplaces in the same form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.programs.asked import package
from pinlint.semantics.mcp_servers import is_server, server
from pinlint.semantics.own_repository import is_own
from pinlint.syntax import jsonc
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_PLUGIN, _MARKETPLACE = "plugin", "plugin marketplace"
_LOCAL = ("local", "file", "directory", "settings")
_SHORT = re.compile(r"[\w.-]+/[\w.-]+")
_HEX = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_HERE = "it lies in this repository or on this machine"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The plugins of a marketplace with the servers that they start, or the marketplaces that settings name."""
    root = jsonc.read(document)
    if document.path.endswith("marketplace.json"):
        yield from _plugins(root, document, tree)
        return
    for known in select(root, "extraKnownMarketplaces"):
        for _, one in known.items():  # noqa: PERF102 - a node, not a dict
            source = one.get("source")
            if source is not None and _text(source, "source") == "settings":
                yield from _plugins(source, document, tree)
            elif source is not None:
                yield from _marketplace(source)


def _plugins(root: Node, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    plugins = root.get("plugins")
    if plugins is None or plugins.kind != "sequence":
        if root.kind != "mapping" or root.get("name") is None:
            yield Fact("foreign", Span(0, 0), "no marketplace of plugins: it has no list of them")
        return
    for one in plugins.elements:
        source, servers = one.get("source"), one.get("mcpServers")
        if source is not None:
            yield from _plugin(source, tree)
        for _, value in servers.items() if servers is not None else ():
            if is_server(value):
                yield from server(value, document, tree)


def _text(node: Node, key: str) -> str:
    below = node.get(key)
    return below.value if below is not None and below.kind == "scalar" else ""


def _plugin(source: Node, tree: Tree) -> Iterator[Reference | Fact]:
    """What a plugin is fetched from: a path, a repository, or a package."""
    kind = _text(source, "source")
    if source.kind == "scalar" or kind in _LOCAL:
        path = source.value if source.kind == "scalar" else _text(source, "path")
        yield Reference(Artifact("git", path[:200]), "", (), "local", source.inner, _PLUGIN, _HERE)
    elif kind in ("npm", "pip") and (name := source.get("package")) is not None:
        version = source.get("version")
        yield package(
            {"pip": "pypi"}.get(kind, kind), name.value, version.value if version else "", (version or name).inner, _PLUGIN
        )
    elif (where := source.get("repo") or source.get("url")) is not None and where.kind == "scalar":
        address = _address(where.value)
        if is_insecure(address):
            yield Fact("insecure-transport", where.inner, f"{without_credentials(address)[:200]} is fetched without TLS")
        made = _of_git(source, where, address)
        own = is_own(made.artifact.name, tree)
        yield made._replace(verdict="local", why="it lies in this repository", site=None, notation="") if own else made
    else:
        why = "pinlint does not know this kind of source"
        yield Reference(Artifact("git", kind[:60] or "?"), "", (), "unknown", source.span, _PLUGIN, why)


def _address(text: str) -> str:
    """The address of a repository, which may be as short as `owner/repository`."""
    return f"https://github.com/{text}" if _SHORT.fullmatch(text) else text


def _of_git(source: Node, where: Node, address: str) -> Reference:
    """A repository at a commit, which counts for more than the ref beside it."""
    artifact = Artifact("git", repository_name(address), without_credentials(address))
    ref, sha = source.get("ref"), source.get("sha")
    asked = ref.value if ref is not None and not ref.is_null else ""
    place = ref if ref is not None and asked else where
    if sha is not None and sha.value:
        verdict, digests, why = ref_verdict(sha.value, artifact.name)
        if not digests:
            digests, why = (sha.value,), "sha takes a full commit and nothing else"
        return Reference(artifact, asked or sha.value, digests, verdict, sha.inner, _PLUGIN, why)
    if _HEX.fullmatch(asked):
        why = "ref takes a branch or a tag; write the commit as sha"
        return Reference(artifact, asked, (), "unknown", place.inner, _PLUGIN, why)
    verdict, digests, why = ref_verdict(asked, artifact.name)
    return Reference(artifact, asked, digests, verdict, place.inner, _PLUGIN, why, site=place.inner, notation="json-sha")


def _marketplace(source: Node) -> Iterator[Reference | Fact]:
    """A list of plugins that is fetched; the ref of a repository is all that can be asked for."""
    kind = _text(source, "source")
    where = source.get("repo") or source.get("url") or source.get("package") or source.get("path")
    if where is None or where.kind != "scalar":
        return
    if kind in _LOCAL:
        yield Reference(Artifact("marketplace", where.value[:200]), "", (), "local", where.inner, _MARKETPLACE, _HERE)
    elif kind == "npm":
        yield package("npm", where.value, "", where.inner, _MARKETPLACE)
    else:
        address = _address(where.value)
        if is_insecure(address):
            yield Fact("insecure-transport", where.inner, f"{without_credentials(address)[:200]} is fetched without TLS")
        ref = source.get("ref")
        asked = ref.value if ref is not None and not ref.is_null else ""
        artifact = Artifact("marketplace", repository_name(address), without_credentials(address))
        verdict, _, why = ref_verdict(asked, artifact.name)
        if kind == "url":
            why = "it is whatever the server sends; name a repository and a tag of it"
        elif verdict == "digest":
            verdict, why = "unknown", "ref takes a branch or a tag there, and no commit"
        place = ref if ref is not None and asked else where
        yield Reference(artifact, asked, (), verdict, place.inner, _MARKETPLACE, why)

"""Settings of agents in JSON and TOML: the servers of the Model Context Protocol that they start.

Source: the manuals of Claude Code (.mcp.json), Cursor, VS Code (`servers`), Zed (`context_servers`), opencode (`mcp`), Gemini CLI,
Codex (`mcp_servers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Reference, Span
from pinlint.semantics.mcp_servers import is_server, server
from pinlint.syntax import jsonc
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_TABLES = (("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp",), ("context_servers",), ("mcp_servers",))
#: Files that hold much else, so that it means nothing if they name no server.
_SETTINGS = ("settings.json", "opencode.json", "opencode.jsonc", "gemini-extension.json", "plugin.json", "config.toml")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the start of each server fetches, in order."""
    if _is_silent(document):
        return
    if _is_empty(document):
        yield Fact("foreign", Span(0, 0), "it names no MCP server")
        return
    root = _root(document)
    tables = [table for path in _TABLES for table in select(root, *path) if table.kind == "mapping"]
    if not tables and root.kind == "mapping" and any(is_server(value) for _, value in root.items()):
        tables = [root]  # a plugin of Claude Code may leave the outer key out
    if not tables and not document.path.endswith(_SETTINGS):
        yield Fact("foreign", Span(0, 0), "no list of MCP servers")
    for one in _servers(tables):
        yield from server(one, document, tree)


def _is_empty(document: Document) -> bool:
    """Whether a file holds comments at most: a server that somebody took out."""
    at = 0
    for span in jsonc.comments(document) if not document.path.endswith(".toml") else ():
        if document.text[at : span.start].strip():
            return False
        at = span.end
    return not document.text[at:].strip()


def _is_silent(document: Document) -> bool:
    """Whether a file that holds much else says nothing of servers."""
    return document.path.endswith(_SETTINGS) and not any(word in document.text for word in ("mcp", "context_servers", "\\u"))


def _root(document: Document) -> Node:
    if document.path.endswith(".toml"):
        from pinlint.syntax import toml  # few agents keep their settings so

        return toml.read(document)
    return jsonc.read(document)


def _servers(tables: list[Node]) -> Iterator[Node]:
    for table in tables:
        for _, value in table.items():  # noqa: PERF102 - a node, not a dict
            if is_server(value):
                yield value

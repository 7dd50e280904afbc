"""Servers of the Model Context Protocol as agents' settings name them: a command that starts one, or an address.

Knows the keys that agents share (`command`, `args`, `url`); must not know which file holds them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Fact, Reference
from pinlint.programs import started
from pinlint.programs.words import Word
from pinlint.semantics.own_packages import made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["is_server", "server"]

_ADDRESSES = ("url", "serverUrl", "httpUrl", "endpoint")
_ROLE = "MCP server"
_DEFAULT = re.compile(r"\$\{[^}:]{0,999}:-([^}]{0,999})\}")
#: A host that anybody on the way may answer for: a full name in the public tree of names. Others are of one's own network.
_PUBLIC = re.compile(
    r"(?i)(?:[\w-]+\.)+(?!local\b|internal\b|lan\b|home\b|corp\b|test\b|invalid\b|localhost\b)[a-z]{2,}(?::\d+)?"
).fullmatch


def is_server(node: Node) -> bool:
    """Whether a mapping says how a server is started or reached."""
    return node.kind == "mapping" and any(node.get(key) is not None for key in ("command", *_ADDRESSES))


def server(node: Node, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the start of a server fetches; a fact where it is reached without TLS."""
    for key in _ADDRESSES:
        address = node.get(key)
        if address is not None and is_insecure(address.value) and _PUBLIC(_host(address.value)):
            yield Fact("insecure-transport", address.inner, f"{without_credentials(address.value)} is asked without TLS")
    for found in started(_words(node, document), document, tree, _ROLE):
        yield _own(found, tree) if isinstance(found, Reference) else found


def _host(address: str) -> str:
    return re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]


def _words(node: Node, document: Document) -> list[Word]:
    """The command and its arguments. A list holds both (opencode); so does a mapping of `path` and `args` (Zed), or one text."""
    command = node.get("command")
    if command is None:
        return []
    holder = command if command.kind == "mapping" else node
    first = command.get("path") if command.kind == "mapping" else command
    nodes = first.elements if first is not None and first.kind == "sequence" else [first] if first is not None else []
    arguments = holder.get("args")
    if arguments is not None and arguments.kind == "sequence":
        nodes = [*nodes, *arguments.elements]
    words = [_word(one, document) for one in nodes if one.kind == "scalar"]
    if len(words) == 1 and re.search(r"\s", words[0].text):  # one line for a shell
        return [Word("sh", words[0].span), Word("-c", words[0].span), words[0]]
    return words


def _word(node: Node, document: Document) -> Word:
    """A word as its agent hands it over: with the defaults of variables that it fills in itself."""
    span, text = node.inner, node.value
    filled = _DEFAULT.sub(r"\1", text)
    return Word(filled, span, document.text[span.start : span.end] == filled, not re.search(r"\$\{|\$\w|\{\{", filled))


def _own(found: Reference, tree: Tree) -> Reference:
    """A package that cannot be pinned because this repository makes it."""
    manifest = made(found.artifact.kind, found.artifact.name, tree) if found.verdict == "floating" else ""
    return found._replace(verdict="local", why=f"{manifest} makes it here", site=None, notation="") if manifest else found

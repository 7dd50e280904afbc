"""Build and settings files of Gradle: coordinates and plugins that are written literally, scripts that are applied from an address,
and repositories without TLS.

Nothing is run: what a variable fills in is not known. Source: the Gradle user guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.maven.gradle import coordinates, plugin_artifact, verdict
from pinlint.ecosystems.url.names import is_insecure, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.gradle_locks import settled_by
from pinlint.semantics.gradle_snapshots import maker
from pinlint.syntax.groovy import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.groovy import Token
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYS = ("group", "name", "version")
_REPOSITORY = ("maven", "ivy")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every literal, in the order of the text."""
    read = list(tokens(document.text))
    around: list[str] = []
    repositories = 0  # blocks of that name around a token
    for number, token in enumerate(read):
        if token.text == "{" and token.kind == "mark":
            around.append(_opener(read, number))
            repositories += around[-1] == "repositories"
        elif token.text == "}" and token.kind == "mark" and around:
            repositories -= around.pop() == "repositories"
        elif token.kind == "string":
            yield from _literal(read, number, (around[-1] or "?") if repositories else "", document, tree)


def _opener(read: list[Token], brace: int) -> str:
    """The word in front of a block, arguments between them left out."""
    at = brace - 1
    if at >= 0 and read[at].text == ")" and read[at].kind == "mark":
        while at > max(0, brace - 40) and not (read[at].text == "(" and read[at].kind == "mark"):
            at -= 1
        at -= 1
    return read[at].text if at >= 0 and read[at].kind == "word" else ""


def _before(read: list[Token], number: int) -> list[str]:
    """The words in front of a token of the same call, the nearest first."""
    words = []
    for token in reversed(read[max(0, number - 6) : number]):
        if token.kind in ("line", "string"):
            break
        if token.kind == "word":
            words.append(token.text)
    return words


def _literal(read: list[Token], number: int, block: str, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    token = read[number]
    text, span = token.text, Span(token.start, token.end)
    words = _before(read, number)
    if found := coordinates(text):
        yield _reference(found[0], found[1], span, "dependency", document, tree)
    elif "://" in text and words[:2] == ["from", "apply"]:
        level, why = url_verdict(text)
        level, why = ("unknown", "a variable of the build fills in its address") if token.filled and "$" in text else (level, why)
        if is_insecure(text):
            yield Fact("insecure-transport", span, f"the script {without_credentials(text)} is fetched without TLS")
        yield Reference(Artifact("url", without_credentials(text), text), "", (), level, span, "applied script", why)
    elif block and is_insecure(text) and (block in _REPOSITORY or words[:1] in (["maven"], ["url"], ["uri"])):
        yield Fact("insecure-transport", span, f"the repository {without_credentials(text)} is asked without TLS")
    elif words[:1] == ["version"] and (plugin := _plugin(read, number)):
        yield _reference(plugin_artifact(plugin), text, span, "build plugin", document, tree)
    elif words[:1] == ["version"] and (name := _mapped(read, number)):
        yield _reference(name, text, span, "dependency", document, tree)


def _plugin(read: list[Token], number: int) -> str:
    """The id of a plugin whose version a string is: `id 'x' version 'y'`, `id("x") version "y"`, `id("x").version("y")`."""
    line = read[max(0, number - 9) : number]
    named = next((at for at in range(len(line) - 1, -1, -1) if line[at].kind == "string"), -1)
    words = [token.text for token in line[:named] if token.kind == "word"]
    return line[named].text if named >= 0 and words[-1:] == ["id"] and "$" not in line[named].text else ""


def _mapped(read: list[Token], number: int) -> str:
    """The module of `group: 'g', name: 'a', version: 'v'`, "" if it is not written so."""
    found: dict[str, str] = {}
    for at in range(max(0, number - 12), number):
        if (
            read[at].kind == "string"
            and at > 1
            and read[at - 1].text in (":", "=")
            and read[at - 2].text in _KEYS
            and not read[at].filled
        ):
            found[read[at - 2].text] = read[at].text
    return f"{found['group']}:{found['name']}" if {"group", "name"} <= set(found) else ""


def _reference(name: str, version: str, span: Span, role: str, document: Document, tree: Tree) -> Reference:
    level, why = verdict(version)
    if made := maker(tree, document.path, name, version):
        level, why = "local", f"{made} makes it here"
    settled = settled_by(tree, document.path, name) if level in ("range", "floating", "unknown") else ""
    return Reference(Artifact("maven", name), version, (), level, span, role, why, settled)

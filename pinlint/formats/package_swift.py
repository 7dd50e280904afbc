"""Package.swift: the packages and archives that a Swift package asks for, as far as they are written literally.

Nothing is run. Ranges are right, for Package.resolved settles them, or the lock of whoever builds the package; branches are not.
Source: swift-package-manager, Documentation/PackageDescription.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.swift.names import checksum_verdict
from pinlint.ecosystems.url.names import is_insecure, origin, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.swift_locks import lock_of
from pinlint.syntax.swift import calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.syntax.swift import Call, Token
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USER = "the lock of whoever builds it"
_ROLE = "package"
_HERE = "it lies in this repository or on this machine"
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every dependency and binary target, in order."""
    found = [call for call in calls(document.text) if call.name in ("package", "binaryTarget")]
    lock = lock_of(tree, document.path) if found else ""
    for call in sorted(found, key=lambda one: one.span):
        arguments = dict(call.arguments)
        if call.name == "binaryTarget":
            yield from _binary(arguments)
        elif "url" in arguments:
            yield from _repository(call, arguments, lock)
        elif "id" in arguments or "path" in arguments:
            yield _other(call, arguments, lock)


def _text(tokens: list[Token] | None) -> Token | None:
    """The text that an argument is, None for anything else."""
    return tokens[0] if tokens and len(tokens) == 1 and tokens[0].kind == "text" and tokens[0].text is not None else None


def _binary(arguments: dict[str, list[Token]]) -> Iterator[Reference | Fact]:
    url, checksum = _text(arguments.get("url")), _text(arguments.get("checksum"))
    if url is None:
        return  # in the repository, or computed
    artifact = Artifact("url", without_credentials(str(url.text)), origin(str(url.text)))
    if checksum is None and "checksum" in arguments:
        yield Reference(artifact, "", (), "unknown", url.span, "binary target", "the file computes its checksum")
        return
    verdict, digests, why = checksum_verdict(str(checksum.text) if checksum else "")
    yield Reference(artifact, "", digests, verdict, url.span, "binary target", why, refused=verdict == "unknown")


def _other(call: Call, arguments: dict[str, list[Token]], lock: str) -> Reference:
    """A package of a registry, or of a folder."""
    name = _text(arguments.get("id")) or _text(arguments.get("path"))
    artifact = Artifact("swift", str(name.text)[:200] if name else "?")
    where = name.span if name else call.span
    if "path" in arguments:
        return Reference(artifact, "", (), "local", where, _ROLE, _HERE)
    verdict, version, where = _version(arguments, where)
    return Reference(artifact, version, (), verdict, where, _ROLE, "", lock or _USER)


def _version(arguments: dict[str, list[Token]], otherwise: Span) -> tuple[str, str, Span]:
    """(verdict, version, place) of what is required of versions."""
    exact = _said(arguments, "exact")
    if exact:
        return "version", str(exact.text), exact.span
    texts = [token for label, tokens in arguments.items() if label in ("", "from") for token in tokens if token.kind == "text"]
    return "range", " ".join(str(token.text) for token in texts[:2]), texts[0].span if texts else otherwise


def _said(arguments: dict[str, list[Token]], word: str) -> Token | None:
    """The text of `word: "…"` or `.word("…")`; of what is computed a text without a value."""
    for label, tokens in arguments.items():
        if label == word or (not label and [token.text for token in tokens[:2]] == [".", word]):
            texts = [token for token in tokens if token.kind == "text"]
            return texts[0] if len(texts) == 1 else tokens[0]._replace(kind="text", text=None) if tokens else None
    return None


def _repository(call: Call, arguments: dict[str, list[Token]], lock: str) -> Iterator[Reference | Fact]:
    url = _text(arguments["url"])
    if url is None:
        yield Reference(Artifact("swift", "?"), "", (), "unknown", call.span, _ROLE, "the file computes its address", lock)
        return
    address = str(url.text)
    if _local(address):
        yield Reference(Artifact("swift", address[:200]), "", (), "local", url.span, _ROLE, _HERE)
        return
    if is_insecure(address):
        yield Fact("insecure-transport", url.span, f"{without_credentials(address)} is cloned without TLS")
    name, source = repository_name(address), without_credentials(address)
    for word in ("revision", "branch"):
        if said := _said(arguments, word):
            yield _at(Artifact("git", name, source), word, said, lock)
            return
    verdict, version, where = _version(arguments, url.span)
    yield Reference(Artifact("swift", name, source), version, (), verdict, where, _ROLE, "", lock or _USER)


def _at(artifact: Artifact, word: str, said: Token, lock: str) -> Reference:
    if said.text is None:
        return Reference(artifact, "", (), "unknown", said.span, _ROLE, f"the file computes its {word}", lock)
    verdict, digests, why = ref_verdict(said.text, artifact.name)
    if word == "branch":
        verdict, digests, why = "floating", (), f"{said.text[:80]} is a branch, which moves with every push"
    return Reference(artifact, said.text, () if lock and verdict != "digest" else digests, verdict, said.span, _ROLE, why, lock)

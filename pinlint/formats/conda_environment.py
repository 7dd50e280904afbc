"""environment.yml of conda: packages of channels, and what pip installs besides. An environment is solved anew each time.

Ranges are left open there: who wants to hold an environment fast writes a lock beside it. Repositories and archives that pip is
told to fetch are judged, and so are channels without TLS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.conda.names import specification
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.python_manifests import Place, insecure, of_text
from pinlint.syntax import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "environment dependency"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Everything that an environment asks for."""
    roots = [root for root in yaml.read(document) if _is_environment(root)]
    if not roots:
        yield Fact("foreign", Span(0, 0), "no environment of conda: it has no list of dependencies")
        return
    for channel in yaml.select(roots[0], "channels", "*"):
        if channel.kind == "scalar" and is_insecure(channel.value):
            yield Fact("insecure-transport", channel.inner, f"{without_credentials(channel.value)[:200]} is asked without TLS")
    for node in yaml.select(roots[0], "dependencies", "*"):
        if node.kind == "scalar" and node.value.strip():
            yield (found := _package(node))
            if is_insecure(found.artifact.source):
                yield Fact("insecure-transport", node.inner, f"{found.artifact.source[:200]} is asked without TLS")
        for line in yaml.select(node, "pip", "*"):
            if line.kind == "scalar" and line.value.strip():
                yield from _requirement(line, document)


def _is_environment(root: yaml.Node) -> bool:
    listed = root.get("dependencies") if root.kind == "mapping" else None
    return listed is not None and listed.kind == "sequence"


def _package(node: yaml.Node) -> Reference:
    asked = specification(node.value)
    if asked is None or not yaml.literal(node):
        why = "it is no specification of conda" if yaml.literal(node) else "a template fills it in"
        name = without_credentials(node.value.strip())[:60] or "a package"
        return Reference(Artifact("conda", name), "", (), "unknown", node.inner, _ROLE, why)
    artifact = Artifact("conda", asked.name, without_credentials(asked.channel))
    return Reference(artifact, asked.version, asked.digests, asked.verdict, node.inner, _ROLE, asked.why)


def _requirement(line: yaml.Node, document: Document) -> Iterator[Reference | Fact]:
    """A line of what pip is told; its options ask for nothing by themselves."""
    text, inner = line.value.strip(), line.inner
    if text.startswith("-") and not text.startswith("-e "):
        return
    text = re.split(r"\s--", text, maxsplit=1)[0]  # its hashes
    at = document.text.find(text, inner.start, inner.end)
    reference = of_text(text, Place(Span(at, at + len(text)), text, at) if at >= 0 else Place(inner), _ROLE, argument=True)
    yield reference
    if fact := insecure(reference):
        yield fact

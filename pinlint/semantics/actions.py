"""Actions and images as workflows write them: the reference of one scalar.

Knows scalars, the grammar of `uses:` and expressions; must not know where in a file they stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.action.names import INSTANCE, SIGNED_TAG, action_verdict, needs_tag, parse_uses
from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.ecosystems.action.names import Uses
    from pinlint.semantics.workflow_expressions import Scope, Value
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["action_image", "images", "plain", "uses"]

_PLACEHOLDER = r"[<>{}%]|__"  # compiled where a runner would refuse
_LONGEST = 200  # characters of a name that only a person reads


def uses(node: Node, document: Document, source: str = "") -> Reference:
    """The reference of a `uses:`. `source` is where a name without a host is looked up, "" for GitHub."""
    inner = node.inner
    if node.kind != "scalar":
        return _action(node, document, "unknown", why="it is no text, and a runner refuses it")
    if not literal(node):
        return _action(node, document, "unknown", why="a template fills it in")
    named = parse_uses("" if node.is_null else node.value)
    exact = document.text[inner.start : inner.end] == node.value
    if named.kind == "image":
        found = image_at(named.name, Span(inner.start + named.at, inner.end), "step image")
        return found if exact else _unwritable(image_at(named.name, inner, "step image"), node)
    if named.kind in ("local", "unknown"):
        return _action(node, document, named.kind, why=named.why)
    start = inner.start + (named.at if named.ref else 0)
    span = Span(start, start + len(named.ref or node.value)) if exact else inner
    return _remote(named, source, span, inner if exact else None)


def _remote(named: Uses, source: str, span: Span, site: Span | None) -> Reference:
    source = named.source or source
    role = "reusable workflow" if named.kind == "workflow" else "step action"
    verdict, digests, why = action_verdict(named.ref, source)
    settled_by, by_tag = "", needs_tag(named.name)
    if by_tag and verdict == "tag" and not digests:
        settled_by, why = "slsa-verifier", SIGNED_TAG
    if by_tag or source == INSTANCE or "#" in named.ref or (len(named.ref) == 64 and digests and verdict != "digest"):
        site = None
    artifact = Artifact("action", named.name, source)
    return Reference(artifact, named.ref, digests, verdict, span, role, why, settled_by, site, "action" if site else "")


def _unwritable(found: Reference, node: Node) -> Reference:
    """A reference whose text does not stand in the file as it is: quotes escape something, or lines are folded."""
    return found._replace(span=node.inner).unpinnable()


def _action(node: Node, document: Document, verdict: str, why: str) -> Reference:
    text = _written(node, document)
    refused = verdict == "unknown" and why.endswith("a runner refuses it") and re.search(_PLACEHOLDER, text) is None
    return Reference(Artifact("action", text), "", (), verdict, node.inner, "step action", why, refused=refused)


def action_image(node: Node, document: Document) -> Reference | None:
    """What a Docker action runs in: `docker://…`, or a Dockerfile of its own. A runner takes nothing else."""
    role = "action image"
    if node.kind != "scalar" or not literal(node) or "${{" in node.value:
        return unknown_image(node, document, role, "an expression or a template stands in it")
    if node.value.strip().startswith("docker://"):
        return _literal_image(node, document, role)
    if "dockerfile" in node.value.rpartition("/")[2].lower():
        return local_image(node, document, role, f"it is built from {node.value}")
    return (
        unknown_image(node, document, role, "it is neither docker://… nor a Dockerfile, and a runner refuses it")
        if node.value
        else None
    )


def plain(node: Node, document: Document, role: str) -> Iterator[Reference]:
    """The image that a scalar without expressions names, if it names one."""
    if (found := _literal_image(node, document, role)) is not None:
        yield found


def images(node: Node, document: Document, role: str, scope: Scope) -> Iterator[Reference]:
    """The images that an expression can amount to. What stands in a matrix, in the default of an input or in env is judged
    where it is written."""
    from pinlint.semantics.workflow_expressions import expand  # most images are written out

    if not literal(node):
        yield unknown_image(node, document, role, "a template fills it in")
        return
    for value in expand(node.value, scope):
        if value.why:
            yield unknown_image(node, document, role, value.why)
        elif value.node is not None and (found := _literal_image(value.node, document, role)) is not None:
            yield found if _fixable(value, scope) else found.unpinnable()
        elif value.node is None and value.text.strip():
            made = image_at(value.text.strip().removeprefix("docker://"), node.inner, role)
            yield _unwritable(made, node)._replace(refused=False)


def _fixable(value: Value, scope: Scope) -> bool:
    """Whether a value may change: nothing else reads it, and no other entry of the matrix has to be equal to it."""
    if scope.times(value.where) != 1:
        return False
    combined = scope.matrix is not None and scope.matrix.get("include") is not None and len(scope.matrix.pairs) > 1
    excluded = scope.matrix is not None and scope.matrix.get("exclude") is not None
    return not (value.where.startswith("matrix.") and (combined or excluded))


def _literal_image(node: Node, document: Document, role: str) -> Reference | None:
    """The image of a scalar; runners take `docker://` before it everywhere."""
    inner = node.inner
    if node.kind == "scalar" and node.value.startswith("docker://") and literal(node):
        name = node.value.removeprefix("docker://")
        if document.text[inner.start : inner.end] == node.value:
            return image_at(name, Span(inner.start + 9, inner.end), role)
        return _unwritable(image_at(name.strip(), inner, role), node)
    return image(node, document, role)


def _written(node: Node, document: Document) -> str:
    text = " ".join(document.text[node.inner.start : node.inner.end].split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

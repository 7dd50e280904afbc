"""Actions and images as workflows write them: the reference of one scalar.

Knows scalars, the grammar of `uses:` and expressions; must not know where in a file they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.names import INSTANCE, SIGNED_TAG, action_verdict, needs_tag, parse_uses
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.oci.written import image, local_image, unknown_image
from pinlint.model import Artifact, Reference, Span
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.ecosystems.action.expressions import Scope, Value
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["action_image", "images", "plain", "uses"]

_LONGEST = 200  # characters of a name that only a person reads


def uses(node: Node, document: Document, source: str = "") -> Reference:
    """The reference of a `uses:`. `source` is where a name without a host is looked up, "" for GitHub."""
    written = _written(node, document)
    if node.kind != "scalar":
        return _action(written, "unknown", node.inner, why="it is no text, and a runner refuses it")
    if not literal(node):
        return _action(written, "unknown", node.inner, why="a template fills it in")
    named = parse_uses("" if node.is_null else node.value)
    exact = document.text[node.inner.start : node.inner.end] == node.value
    if named.kind == "image":
        span = Span(node.inner.start + named.at, node.inner.end)
        return (
            image_at(named.name, span, "step image") if exact else _unwritable(image_at(named.name, node.inner, "step image"), node)
        )
    if named.kind in ("local", "unknown"):
        return _action(written, named.kind, node.inner, why=named.why)
    found = _remote(node, named.name, named.ref, named.source or source)
    role = "reusable workflow" if named.kind == "workflow" else "step action"
    start = node.inner.start + (named.at if named.ref else 0)
    end = start + len(named.ref or node.value)
    found = found._replace(role=role, span=Span(start, end))
    return found if exact else _unwritable(found, node)


def _remote(node: Node, name: str, ref: str, source: str) -> Reference:
    verdict, digests, why = action_verdict(ref)
    found = Reference(Artifact("action", name, source), ref, digests, verdict, node.inner, "", why)
    if needs_tag(name):
        return found._replace(settled_by="slsa-verifier", why=SIGNED_TAG) if verdict == "tag" and not digests else found
    return found if source == INSTANCE else found._replace(site=node.inner, notation="action")


def _unwritable(found: Reference, node: Node) -> Reference:
    """A reference whose text does not stand in the file as it is: quotes escape something, or lines are folded."""
    return found._replace(span=node.inner, site=None, notation="")


def _action(name: str, verdict: str, span: Span, why: str) -> Reference:
    return Reference(Artifact("action", name), "", (), verdict, span, "step action", why)


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
    from pinlint.ecosystems.action.expressions import expand  # most images are written out

    if not literal(node):
        yield unknown_image(node, document, role, "a template fills it in")
        return
    for value in expand(node.value, scope):
        if value.why:
            yield unknown_image(node, document, role, value.why)
        elif value.node is not None and (found := _literal_image(value.node, document, role)) is not None:
            yield found if _fixable(value, scope) else found._replace(site=None, notation="")
        elif value.node is None and value.text.strip():
            yield _unwritable(image_at(value.text.strip().removeprefix("docker://"), node.inner, role), node)


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

"""Images as YAML files write them: one scalar that holds the whole reference.

Knows scalars and image references; must not know which key of which file means an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Reference
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["image", "local_image", "unknown_image"]

_LONGEST = 200  # characters of a name that only a person reads


def image(node: Node, document: Document, role: str) -> Reference | None:
    """The reference of a scalar that names an image; None where it names nothing (null, empty, a mapping).

    What a template fills in cannot be told. A digest can be written where the text of the scalar stands as it is: not where quotes
    escape something or a block folds lines.
    """
    if node.kind != "scalar" or node.is_null or not node.value.strip():
        return None
    if not literal(node):
        return unknown_image(node, document, role, "a template fills it in")
    inner = node.inner
    if document.text[inner.start : inner.end] == node.value:
        return image_at(node.value, inner, role)
    return image_at(node.value.strip(), inner, role)._replace(span=inner).unpinnable()


def unknown_image(node: Node, document: Document, role: str, why: str) -> Reference:
    """An image that only another file, a variable or a person could name; `why` says which. Its name is what is written."""
    return Reference(Artifact("image", _written(node, document)), "", (), "unknown", node.inner, role, why)


def local_image(node: Node, document: Document, role: str, why: str) -> Reference:
    """An image that comes from nowhere else; `why` says whence."""
    return Reference(Artifact("image", _written(node, document)), "", (), "local", node.inner, role, why)


def _written(node: Node, document: Document) -> str:
    text = " ".join(document.text[node.inner.start : node.inner.end].split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

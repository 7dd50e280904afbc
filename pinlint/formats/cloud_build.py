"""Cloud Build: the images that the steps of a build run in.

Source: cloud.google.com/build/docs/build-config-file-schema (steps[].name). `$PROJECT_ID` and other substitutions are filled in by
the service; those that the file sets itself have a value here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Fact, Reference, Span
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.syntax.yaml import Node, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_SUBSTITUTION = re.compile(r"(?<!\$)\$(?:(\w+)|\{(\w+)\})")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """The image of every step. A step that runs what an earlier one of the same build made asks for nothing."""
    roots = read(document)
    if not any(root.get("steps") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no build of Cloud Build: it has no steps")
        return
    for root in roots:
        made = {node.value for node in select(root, "images", "*")}
        values = {key.value: value.value for node in select(root, "substitutions") for key, value in node.items()}
        for node in select(root, "steps", "*", "name"):
            found = _step(node, values, made, document)
            if found is not None:
                yield found


def _step(node: Node, values: dict[str, str], made: set[str], document: Document) -> Reference | None:
    role = "build step image"
    if node.value in made:
        return local_image(node, document, role, f"{node.value} is made by this build")
    names = [match[1] or match[2] for match in _SUBSTITUTION.finditer(node.value)]
    if not names:
        return image(node, document, role)
    if missing := next((name for name in names if name not in values), ""):
        return unknown_image(node, document, role, f"${missing} gets its value when the build is started")
    text = _SUBSTITUTION.sub(lambda match: values[match[1] or match[2]], node.value)
    found = image_at(text, node.inner, role)
    used = ", ".join(f"{name}={values[name]}" for name in names)
    return found._replace(span=node.inner, why=f"{found.why} ({used})" if found.why else "").unpinnable()

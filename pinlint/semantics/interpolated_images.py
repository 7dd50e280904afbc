"""Images as a scalar with variables names them: judged by what their defaults and the `.env` beside the file say.

Knows scalars, variables and image references; must not know which key of which file means an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import digest_problem, image_at, parse_image
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.images import image, unknown_image
from pinlint.syntax.interpolation import expand
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinlint.syntax.interpolation import Expansion
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["interpolated_image"]


def interpolated_image(
    node: Node, document: Document, role: str, variables: Mapping[str, str | None], prefix: str = ""
) -> Reference | None:
    """The reference of a scalar that names an image behind `prefix` (a scheme); None where it names nothing.

    A digest can be written where all of the image is one literal text, be it the default of a variable (`${IMAGE:-nginx:1.29}`).
    """
    if node.kind != "scalar" or not node.value.strip():
        return None
    if ("$" not in node.value and not prefix) or not literal(node):
        return image(node, document, role)
    expansion = expand(node.value.strip(), variables)
    if expansion.malformed:
        return unknown_image(node, document, role, expansion.malformed)
    text = expansion.text.removeprefix(prefix)
    if expansion.missing:
        return _without_value(node, document, role, expansion, text)
    if not text:
        return unknown_image(node, document, role, "its variables leave it empty unless somebody sets them")
    return _placed(image_at(text, Span(0, len(text)), role), node, document, expansion, len(expansion.text) - len(text))


def _placed(found: Reference, node: Node, document: Document, expansion: Expansion, skipped: int) -> Reference:
    """The reference at its place in the document: at the tag's place or the variable's that gives it."""
    inner = node.inner
    found = found._replace(refused=found.refused and not expansion.used)  # somebody may yet set what is empty
    if document.text[inner.start : inner.end] != node.value or node.value.strip() != node.value:
        return found._replace(span=inner).unpinnable()
    assert isinstance(found.span, Span)
    size = len(expansion.text) - skipped
    start = inner.start + expansion.origin(found.span.start + skipped)
    if expansion.whole >= 0:
        begin = inner.start + expansion.whole + skipped
        shown, site = Span(start, start + found.span.end - found.span.start), Span(begin, begin + size)
        return found._replace(span=shown, site=site if found.site else None)
    # What names the tag may begin within a substitution; all of it is shown then.
    whole = found.span.end - found.span.start == size or found.span.end < size
    return found._replace(span=inner if whole else Span(start, inner.end)).unpinnable()


def _without_value(node: Node, document: Document, role: str, expansion: Expansion, text: str) -> Reference:
    """An image in which a variable has no value: its digest counts all the same where one is written."""
    digest = text.rpartition("@")[2]
    if "@" in text and not digest_problem(digest):
        name = parse_image(node.value).name if "$" not in node.value else node.value.partition("@")[0]
        return Reference(Artifact("image", name), digest, (digest,), "digest", node.inner, role)
    names = " and ".join(f"${name}" for name in expansion.missing)
    return unknown_image(
        node, document, role, f"nothing in the repository says what {names} is; give it a default, or pin where it is set"
    )

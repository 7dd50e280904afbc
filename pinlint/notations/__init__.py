"""Where and how a pin is written: from an answer to the edits that a careful engineer would type.

Knows notations (the text after a tag, a JSON sibling, a hash line); must not know which registry answered.
"""

from __future__ import annotations

from collections.abc import Iterable

from pinlint.model import Place, Reference, Span
from pinlint.notations import git_ref, image, json_sibling, pip_hash, wrapper_sum, xml_text
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["edits", "mirrors"]


def edits(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The edits that write `pin` for a reference whose place for it is `site`, or why it cannot be written there."""
    if reference.notation == "image":
        return image.tag(reference, site, document, pin)
    if reference.notation == "image-argument":
        return image.argument(reference, site, document, pin)
    if reference.notation == "json-sibling":
        return json_sibling.sibling(site, document, pin)
    if reference.notation == "git-ref":
        return git_ref.fragment(site, pin)
    if reference.notation == "git-rev":
        return git_ref.revision(reference, site, document, pin)
    if reference.notation == "action":
        return git_ref.action(reference, site, document, pin)
    if reference.notation == "git-frozen":
        return git_ref.frozen(reference, site, document, pin)
    if reference.notation == "wrapper-sum":
        return wrapper_sum.next_line(reference, site, document, pin)
    if reference.notation == "xml-text":
        return xml_text.version(reference, site, document, pin)
    if reference.notation == "pip-hash":
        return pip_hash.hashes(reference, site, document, pin)
    return NoPin("pinlint cannot write this kind of pin yet")


def mirrors(references: Iterable[Reference], document: Document) -> dict[Place, tuple[Place, ...]]:
    """Further places that must say the same as the site of a reference, by that site; only for those that have any."""
    return json_sibling.mirrors([one for one in references if one.notation == "json-sibling"], document)

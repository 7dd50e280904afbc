"""Where and how a pin is written: from an answer to the edits that a careful engineer would type.

Knows notations (the text after a tag, a JSON sibling, a hash line); must not know which registry answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pinlint.model import Place, Reference, Span
from pinlint.notations import git_ref, image, in_place, json_sibling, pip_hash, wrapper_sum, xml_text, yaml_key
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["edits", "mirrors"]


Writer = Callable[[Reference, Span, Document, Pin], list[Edit] | NoPin]

_WRITERS: dict[str, Writer] = {
    "action": git_ref.action,
    "chart-version": lambda _, site, __, pin: in_place.version(site, pin),
    "commit-key": lambda _, site, document, pin: yaml_key.commit(site, document, pin),
    "git-commit": git_ref.commit,
    "git-frozen": git_ref.frozen,
    "git-ref": lambda _, site, __, pin: git_ref.fragment(site, pin),
    "git-rev": git_ref.revision,
    "image": image.tag,
    "image-argument": image.argument,
    "image-digest-key": yaml_key.digest,
    "image-tag-key": yaml_key.tag,
    "include-integrity": lambda _, site, document, pin: yaml_key.integrity(site, document, pin),
    "json-sibling": lambda _, site, document, pin: json_sibling.sibling(site, document, pin),
    "kustomize-digest": yaml_key.image_digest,
    "own-digest-key": yaml_key.digest,
    "orb-version": lambda _, site, __, pin: in_place.version(site, pin),
    "pip-hash": pip_hash.hashes,
    "ref-key": lambda _, site, document, pin: yaml_key.ref(site, document, pin),
    "version-key": lambda _, site, document, pin: yaml_key.version(site, document, pin),
    "wrapper-sum": wrapper_sum.next_line,
    "xml-text": xml_text.version,
}


def edits(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The edits that write `pin` for a reference whose place for it is `site`, or why it cannot be written there."""
    writer = _WRITERS.get(reference.notation)
    return writer(reference, site, document, pin) if writer else NoPin("pinlint cannot write this kind of pin yet")


def mirrors(references: Iterable[Reference], document: Document) -> dict[Place, tuple[Place, ...]]:
    """Further places that must say the same as the site of a reference, by that site; only for those that have any."""
    return json_sibling.mirrors([one for one in references if one.notation == "json-sibling"], document)

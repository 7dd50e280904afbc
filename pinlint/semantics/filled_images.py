"""Images whose text variables fill in: judged by what they become, as far as the file says it.

Knows image references and filled texts; must not know which variables a CI system has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import digest_problem, image_at
from pinlint.model import STRENGTH, Reference
from pinlint.semantics.images import unknown_image

if TYPE_CHECKING:
    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["filled_image"]

_DIGEST = re.compile(r"[^@]*@(sha\d+:[0-9a-f]+)")


def filled_image(node: Node, document: Document, role: str, filled: Filled, why: str) -> Reference:
    """The reference of a scalar whose variables were filled in: of several texts the one that asks least firmly counts.

    A variable without a value leaves the image unknown, for the reason `why`, unless a digest says all (`$MIRROR/app@sha256:…`) or
    another text is known to be weaker. A pin is not written: the text of the image is not all in this place.
    """
    judged = [image_at(text.strip(), node.inner, role) for text in filled.texts]
    weakest = min(judged, key=lambda one: STRENGTH.get(one.verdict, len(STRENGTH)), default=None)
    open_ = [found[1] if (found := _DIGEST.fullmatch(text)) and not digest_problem(found[1]) else "" for text in filled.open]
    unknown = unknown_image(node, document, role, why)
    if "" in open_ and (weakest is None or weakest.verdict in ("digest", "unknown")):
        return unknown
    if weakest is None:
        name, _, _ = unknown.artifact.name.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        artifact = unknown.artifact._replace(name=name.removesuffix(f":{tag}"))
        return Reference(artifact, f"{tag}@{open_[0]}" if tag else open_[0], (open_[0],), "digest", node.inner, role)
    by = ", ".join(filled.used)
    said = f"{weakest.why} ({by} filled in)" if weakest.why else ""
    refused = weakest.refused and not filled.used
    return weakest._replace(span=node.inner, why=said, refused=refused).unpinnable()

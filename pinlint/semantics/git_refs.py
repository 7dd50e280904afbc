"""Git refs as YAML files write them: one scalar that holds the ref, beside another that holds the repository.

Knows scalars and refs; must not know which key of which file means a ref.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict
from pinlint.model import STRENGTH, Artifact, Reference
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from pinlint.model import Span
    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["at_ref", "filled_ref"]


def at_ref(artifact: Artifact, ref: Node | None, document: Document, otherwise: Span, role: str, missing: str = "") -> Reference:
    """The reference of a repository at the ref that a scalar holds; of one without a ref at `otherwise`, where it is named.

    `missing` is why what stands for the ref cannot be told, "" where it can.
    """
    if ref is None or ref.kind != "scalar" or ref.is_null or not ref.value.strip():
        verdict, digests, why = ref_verdict("")
        return Reference(artifact, "", digests, verdict, otherwise, role, why)
    text = ref.value.strip()
    if missing or not literal(ref):
        text = document.text[ref.inner.start : ref.inner.end].strip()  # holes are nothing to show
        return Reference(artifact, text, (), "unknown", ref.inner, role, missing or "a template fills it in")
    verdict, digests, why = ref_verdict(text, artifact.name)
    as_written = document.text[ref.inner.start : ref.inner.end] == text and "#" not in text
    return Reference(
        artifact, text, digests, verdict, ref.inner, role, why,
        site=ref.inner if as_written else None, notation="git-commit" if as_written else "",
    )  # fmt: skip


def filled_ref(artifact: Artifact, ref: Node, filled: Filled, role: str, why: str) -> Reference:
    """The reference of a repository at a ref whose variables were filled in: of several texts the weakest counts.

    A variable without a value leaves it unknown, for the reason `why`, unless another text is known to be no commit.
    """
    judged = [(text, *ref_verdict(text, artifact.name)) for text in filled.texts]
    text, verdict, digests, said = min(judged, key=lambda one: STRENGTH[one[1]], default=(ref.value, "digest", (), ""))
    if not judged or (filled.open and verdict == "digest"):
        return Reference(artifact, ref.value, (), "unknown", ref.inner, role, why)
    return Reference(artifact, text, digests, verdict, ref.inner, role, said)

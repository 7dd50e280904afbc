"""Git refs as YAML files write them: one scalar that holds the ref, beside another that holds the repository.

Knows scalars and refs; must not know which key of which file means a ref.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict
from pinlint.model import Artifact, Reference
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from pinlint.model import Span
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["at_ref", "unknown_ref"]


def at_ref(artifact: Artifact, ref: Node | None, document: Document, otherwise: Span, role: str, missing: str = "") -> Reference:
    """The reference of a repository at the ref that a scalar holds; of one without a ref at `otherwise`, where it is named.

    `missing` is why the value of a variable in the ref cannot be told, "" where none stands in it.
    """
    if ref is None or ref.kind != "scalar" or ref.is_null or not ref.value.strip():
        verdict, digests, why = ref_verdict("")
        return Reference(artifact, "", digests, verdict, otherwise, role, why)
    text = ref.value.strip()
    if missing or not literal(ref):
        text = document.text[ref.inner.start : ref.inner.end].strip()
        return unknown_ref(artifact, text, ref.inner, role, missing or "a template fills it in")
    verdict, digests, why = ref_verdict(text)
    as_written = document.text[ref.inner.start : ref.inner.end] == text
    return Reference(
        artifact, text, digests, verdict, ref.inner, role, why,
        site=ref.inner if as_written else None, notation="git-ref" if as_written else "",
    )  # fmt: skip


def unknown_ref(artifact: Artifact, ref: str, span: Span, role: str, why: str) -> Reference:
    """A repository at a ref that only a variable or a template knows; `why` says which."""
    return Reference(artifact, ref, (), "unknown", span, role, why)

"""Terraform's and OpenTofu's lock: the providers of a folder, with their hashes.

Terraform adds hashes that are missing without a word, and passes over those of a scheme that it does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.terraform.names import hash_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.terraform_roots import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_MARKERS = ("<<<<<<< ", ">>>>>>> ")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every provider; a fact where Terraform checks none of its bytes, or where the lock cannot be read."""
    at = next((found for mark in _MARKERS if (found := _line(document.text, mark)) >= 0), -1)
    if at >= 0:
        why = "it holds the marks of a merge conflict, so Terraform refuses it; settle it and run `terraform init`"
        yield Fact("unreadable-lock", Span(at, at + 7), why)
        return
    if _is_cut_off(document.text):
        yield Fact("unreadable-lock", Span(len(document.text), len(document.text)), "it ends in the middle; run `terraform init`")
        return
    for one in locked(document.text):
        verdict, why = hash_verdict(one.hashes)
        digests = one.hashes if verdict == "digest" else ()
        yield Reference(Artifact("terraform", one.name), one.version, digests, verdict, one.node.inner, "locked provider", why)
        if verdict != "digest":
            yield Fact("partly-hashed", one.node.inner, f"{one.name[:200]}: {why}; run `terraform providers lock`")


def _is_cut_off(text: str) -> bool:
    """Whether the last thing that is said does not end: a lock is blocks, with comments between them."""
    lines = (line for line in reversed(text.splitlines()) if line.strip() and not line.lstrip().startswith(("#", "//")))
    return not next(lines, "}").rstrip().endswith("}")


def _line(text: str, mark: str) -> int:
    return 0 if text.startswith(mark) else text.find(f"\n{mark}") + 1 or -1

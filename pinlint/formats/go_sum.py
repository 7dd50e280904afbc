"""go.sum and go.work.sum: a sum for every module and every go.mod that was ever needed. go.mod, beside it, is judged too.

Source: the Go modules reference, and cmd/go, modfetch/fetch.go: of several sums of one module any that fits passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.go.names import sum_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.go_modules import Sum, has_conflict, sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every line with a sum; the fact that Go stops at a line that it cannot read."""
    if "\x1b[" in document.text:
        yield Fact("foreign", Span(0, 0), "it is coloured for a terminal, which Go does not write")
        return
    if conflict := has_conflict(document.text):
        why = "it holds merge-conflict markers; keep the lines of both sides, then run `go mod tidy`"
        yield Fact("unreadable-lock", conflict, why)
        return
    checked: set[tuple[str, str, bool]] = set()
    unchecked: list[tuple[Sum, str]] = []
    for one in sums(document.text):
        if not isinstance(one, Sum):
            yield Fact("unreadable-lock", one, "a line has more or fewer than three words, so Go stops there; run `go mod tidy`")
            break
        verdict, why = sum_verdict(one.text)
        if verdict != "digest":
            unchecked.append((one, why))
            continue
        checked.add((one.path, one.version, one.only_mod))
        yield Reference(Artifact("go", one.path), one.version, (one.text,), verdict, one.span, _role(one))
    for one, why in unchecked:
        if (one.path, one.version, one.only_mod) not in checked:
            yield Reference(Artifact("go", one.path), one.version, (one.text,), "version", one.span, _role(one), why)


def _role(one: Sum) -> str:
    return "locked go.mod" if one.only_mod else "locked module"

"""Buf's lock: every module of schemas with its commit and the digest of its contents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.buf.names import digest_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.buf_locks import entries, version
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_VERSIONS = ("v1beta1", "v1", "v2")
_MEND = "run `buf dep update`"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every module; the fact that Buf refuses the lock."""
    if broken := _CONFLICT.search(document.text):
        yield Fact("unreadable-lock", Span(*broken.span()), f"it holds merge-conflict markers; resolve them, then {_MEND}")
        return
    for root in read(document):
        said = version(root)
        if said not in ("", *_VERSIONS):
            yield Fact("unreadable-lock", root.span, f"it has version {said[:20]}, and pinlint and Buf read v1 and v2; {_MEND}")
            return
        for one in entries(root):
            verdict, digests = digest_verdict(one.digest)
            if said == "v2" and not one.digest:
                yield Fact("unreadable-lock", one.node.span, f"{one.name[:100]} has no digest, so Buf refuses the lock; {_MEND}")
            why = (
                ""
                if verdict == "digest"
                else "what stands there is no digest of Buf's"
                if digests
                else "the lock has no digest of it"
            )
            yield Reference(Artifact("buf", one.name), one.commit, digests, verdict, one.node.span, "locked module", why)

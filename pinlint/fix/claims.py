"""The version or commit that a comment claims for a pinned commit: asked of the host wherever something is asked at all.

Knows which comments claim a version; must not know how a host is asked.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.engine import stream
from pinlint.formats import Format
from pinlint.model import Reference, Span
from pinlint.notations.version_comments import claimed
from pinlint.pins import MISNAMED
from pinlint.question import CLAIM, Question
from pinlint.suppress import comments
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["Claim", "claims"]

_NOTATIONS = ("action", "git-frozen")
#: A comment that says nothing but a commit or its beginning.
_COMMIT = re.compile(r"\s*#\s*(?:frozen:\s*)?[0-9a-fA-F]{7,40}\s*")


class Claim(NamedTuple):
    """A commit and the version that the comment behind it claims it is: `reference` asks for that version, `span` is the commit."""

    document: Document
    format: Format
    reference: Reference

    @property
    def refused(self) -> str:
        """Nothing: it is always asked."""
        return ""

    @property
    def question(self) -> Question:
        """What the host is asked."""
        return Question.about(self.reference, CLAIM)


def claims(document: Document, format_: Format, tree: Tree, policy: Policy, codes: Sequence[str]) -> Iterator[Claim]:
    """Every pinned commit of a document whose comment claims a version, unless the policy leaves the artifact alone."""
    policy = policy.at(document.path)
    if (
        format_.comments != "yaml"
        or "#" not in document.text
        or not policy.enabled(MISNAMED)
        or (codes and not MISNAMED.startswith(tuple(codes)))
    ):
        return  # where no comment can stand behind a commit, the file is not read once more
    spans = None
    for item in stream(document, format_, tree):
        if not isinstance(item, Reference) or item.verdict != "digest" or item.notation not in _NOTATIONS:
            continue
        if policy.required(item.artifact.kind, item.artifact.name) == "any" or not isinstance(item.site, Span):
            continue
        if spans is None:
            spans = comments(document, format_)
        behind = _behind(document, spans, item.site.end)
        found = claimed(behind)
        version = behind.split()[-1].lstrip("#") if _COMMIT.fullmatch(behind) else found.version if found else ""
        if any(char.isdigit() for char in version):
            yield Claim(document, format_, item._replace(version=version))


def _behind(document: Document, spans: list[Span], at: int) -> str:
    """The comment behind a place, in its line; "" without one. Values that look like one are none."""
    number = bisect_left(spans, (at, 0))
    line = document.position(at)[0]
    here = number < len(spans) and document.position(spans[number].start)[0] == line
    return " " + document.text[spans[number].start : spans[number].end] if here else ""

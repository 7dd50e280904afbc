"""The version or commit that a comment claims for a pinned commit: asked of the host wherever something is asked at all.

Knows which comments claim a version; must not know how a host is asked.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pinlint.fix.plans import Answers, Asking, Patch, Read, Run, Taken
from pinlint.formats import Format
from pinlint.model import Reference, Span
from pinlint.notations.version_comments import claimed
from pinlint.pins import MISNAMED, NoPin
from pinlint.question import CLAIM, Question
from pinlint.suppress import comments
from pinlint.text import Document

__all__ = ["Claim", "Claims", "claims", "plans"]

_NOTATIONS = ("action", "git-frozen")
#: A value's quote, and a comment or nothing more on the line.
_REST = re.compile(r"[\"']?[ \t]*(?:(?<=[ \t])(#[^\r\n]*))?(?=[\r\n]|\Z)")
#: A comment that says nothing but a commit or its beginning.
_COMMIT = re.compile(r"\s*#\s*(?:frozen:\s*)?[0-9a-fA-F]{7,40}\s*")


class Claim(NamedTuple):
    """A commit and the version that the comment behind it claims it is: `reference` asks for that version, its span is the
    commit; `question` is what the host is asked."""

    reference: Reference
    question: Question
    refused: str = ""


class Claims(NamedTuple):
    """The claims of a file: nothing is written for them, and those that are not true are told."""

    document: Document
    format: Format
    claims: list[Claim]
    taken: tuple[Taken, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The file."""
        return (self.document.path,)

    def questions(self) -> Sequence[Asking]:
        """Whether each is true."""
        return self.claims

    def patches(self, answers: Answers) -> list[Patch]:
        """The file as it is, with what is not true; nothing where all may be."""
        told = [(one.reference, answers[one.question]) for one in self.claims]
        untrue = [(reference, answer) for reference, answer in told if isinstance(answer, NoPin) and answer.rule]
        return [Patch(self.document, self.format, self.document.data, [], untrue=tuple(untrue))] if untrue else []


def plans(files: Sequence[Read], run: Run, _: Collection[Taken]) -> Iterator[Claims]:
    """A plan for each file in which a comment claims something."""
    for file in files:
        if found := list(claims(file, run)):
            yield Claims(file.document, file.format, found)


def claims(file: Read, run: Run, *, anyway: bool = False) -> Iterator[Claim]:
    """Every pinned commit of a file whose comment claims a version, unless the policy leaves the artifact alone; `anyway` is
    whether also where nobody wants to know if that is true."""
    document, policy = file.document, run.policy.at(file.path)
    if file.format.comments != "yaml" or "#" not in document.text:
        return
    if not anyway and not (policy.enabled(MISNAMED) and run.mends(MISNAMED)):
        return
    spans = None
    for item in file.reading.items:
        if not isinstance(item, Reference) or item.verdict != "digest" or item.notation not in _NOTATIONS:
            continue
        if policy.required(item.artifact.kind, item.artifact.name) == "any" or not isinstance(item.site, Span):
            continue
        behind = _next(document, item.site.end)
        if behind is None:
            spans = spans if spans is not None else comments(document, file.format)
            behind = _behind(document, spans, item.site.end)
        if version := _claimed(behind):
            claim = item._replace(version=version)
            yield Claim(claim, Question.about(claim, CLAIM))


@lru_cache(maxsize=2048)
def _claimed(behind: str) -> str:
    """The version or commit that a comment claims, "" for none; the same few comments stand behind most commits."""
    found = claimed(behind)
    version = behind.split()[-1].lstrip("#") if _COMMIT.fullmatch(behind) else found.version if found else ""
    return version if any(char.isdigit() for char in version) else ""


def _next(document: Document, at: int) -> str | None:
    """The comment right behind the value that ends at a place; "" where its line has none, None where that is not plain to see."""
    rest = _REST.match(document.text, at) if not document.path.endswith((".json", ".toml")) else None
    return None if rest is None else f" {rest[1]}" if rest[1] else ""


def _behind(document: Document, spans: list[Span], at: int) -> str:
    """The comment behind a place, in its line; "" without one. Values that look like one are none."""
    number = bisect_left(spans, (at, 0))
    line = document.position(at)[0]
    here = number < len(spans) and document.position(spans[number].start)[0] == line
    return " " + document.text[spans[number].start : spans[number].end] if here else ""

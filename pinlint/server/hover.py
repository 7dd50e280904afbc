"""What an editor shows of the place that somebody points at: what is asked for there, how firmly, and why that is or is not enough.

Knows how a judgement is put in words, as Markdown or as plain text; must not know where those are shown.
"""

from __future__ import annotations

import re

from pinlint.ecosystems.url.names import without_credentials
from pinlint.model import Reference, Span
from pinlint.report.escapes import visible
from pinlint.rulebook import codes, page
from pinlint.server.positions import Place
from pinlint.server.workspace import Judged, address

__all__ = ["hover", "page_address"]

#: What a verdict says of a reference, for people.
_VERDICTS = {
    "floating": "no version: every time another one may come",
    "tag": "a label that can be moved",
    "range": "a range: the newest that fits comes",
    "version": "one version, and nothing to check its bytes by",
    "weak-digest": "a digest of a broken algorithm",
    "digest": "these bytes and no others",
    "local": "nothing from outside",
    "unknown": "it cannot be told from the files",
}
_MARKS = r"([\\`*_{}\[\]()<>#+\-.!|~&$])"


class _Words:
    """Text being put together, in Markdown or plain."""

    def __init__(self, *, markdown: bool) -> None:
        self._markdown = markdown
        self._parts: list[str] = []

    def said(self, text: str) -> str:
        """Text that means nothing to Markdown."""
        text = visible(text)
        return re.sub(_MARKS, r"\\\1", text) if self._markdown else text

    def code(self, text: str) -> str:
        """Text as it is written in files."""
        text = visible(text)
        if not self._markdown or not text:
            return text
        fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
        blank = " " if "`" in text else ""
        return f"{fence}{blank}{text}{blank}{fence}"

    def strong(self, text: str) -> str:
        """Text that is seen first."""
        return f"**{self.said(text)}**" if self._markdown else visible(text)

    def link(self, text: str, uri: str) -> str:
        """Text that leads somewhere."""
        return f"[{self.said(text)}]({uri})" if self._markdown and uri else visible(text)


def page_address(rule: str) -> str:
    """Where the page of a rule lies, "" where it is in an archive."""
    path = codes().get(rule, "")
    return address(path) if path.startswith("/") else ""


def hover(judged: Judged, at: Place, *, markdown: bool) -> tuple[str, Place, Place] | None:
    """(what is said of a place, where what it is about begins and ends), None where nothing is."""
    words = _Words(markdown=markdown)
    here, found = _here(judged, at), judged.findings(at, at)
    parts = ["\n\n".join(_reference(one, judged, words)) for _, one in here[:3]]
    parts += [_finding(one.rule, one.message, words) for _, one in found[:5]]
    if not parts:
        return None
    begin, end = (judged.at(here[0][0].start), judged.at(here[0][0].end)) if here else judged.span(found[0][1][2:6])
    return "\n\n".join(parts), begin, end


def _here(judged: Judged, at: Place) -> list[tuple[Span, Reference]]:
    """What is asked for at a place: what is nearest around it, else what alone stands in its line."""
    offset, document = judged.offset(at), judged.document
    everything = judged.references()
    around = [(span, one) for span, one in everything if span.start <= offset <= span.end]
    if around:
        least = min(span.end - span.start for span, _ in around)
        return [pair for pair in around if pair[0].end - pair[0].start == least]
    line = document.position(offset)[0]
    beside = [pair for pair in everything if document.position(pair[0].start)[0] == line]
    return beside if len({span for span, _ in beside}) == 1 else []


def _reference(one: Reference, judged: Judged, words: _Words) -> list[str]:
    kind, name = one.artifact.kind, without_credentials(one.artifact.name)
    subject = f"{words.strong(one.role)} {words.code(name)}"
    if one.version:
        subject += f" {words.code(without_credentials(one.version))}"
    said = [subject, f"{words.code(one.verdict)}: {words.said(_VERDICTS[one.verdict])}"]
    if one.why:
        said.append(words.said(one.why))
    if one.settled_by:
        said.append(f"settled by {words.code(one.settled_by)}")
    if one.verdict not in ("local", "unknown"):
        required = judged.policy.required(kind, one.artifact.name, bool(one.command))
        said.append(f"required here: {words.code(required)}")
    return said


def _finding(rule: str, message: str, words: _Words) -> str:
    return f"{words.link(f'{rule} {page(rule).name}', page_address(rule))}: {words.said(message)}"

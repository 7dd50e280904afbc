"""The ref of a git repository: a commit takes its place, and a comment says which tag it was.

Knows where files write a ref and what people and update bots read beside it; must not know how a commit is found.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.notations.version_comments import FROZEN, claimed
from pinlint.pins import CONTRADICTED, Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["action", "commented", "commit", "denied", "fragment", "frozen", "revision"]

_LONGEST_COMMENT = 300  # characters that are searched for a commit
_REST_OF_LINE = re.compile(r"[^\r\n]*")
#: What may stand between a value and the end of its line, so that a comment there is one: quotes and brackets that close.
_BEHIND = re.compile(r"[\"']?[ \t]*(?:[\]}]+[ \t]*)*(?P<comment>(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)")
#: The same with more keys of a flow mapping before the brackets that close it. Quotes could go on in the next line, and a second
#: mapping could have a version of its own to say.
_FLOW_BEHIND = re.compile(
    r"[\"']?[ \t]*,[ \t]*[\w.-]+:[ \t](?:[^\"'#\r\n\]}]|[\]}](?![ \t]*,))*(?<=[\]}])[ \t]*"
    r"(?P<comment>(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)"
)
#: A commit, or its beginning: hex digits with a letter and a digit among them, or all 40.
_COMMIT = re.compile(r"(?<![\w-])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}(?![\w-])|(?<![\w-])[0-9]{40}(?![\w-])", re.IGNORECASE)
_ONE_BLANK = re.compile(r"\bprettier\b|\S # frozen:")


def fragment(_: Reference, site: Span, __: Document, pin: Pin) -> list[Edit]:
    """`repository.git#COMMIT` or `?ref=COMMIT`: only the ref changes. A Dockerfile has no place on the line for the old one."""
    return [Edit(site, pin.digests[0])]


def revision(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit]:
    """`git+https://…@COMMIT`, with the old ref in a comment for people and update bots, where the line has room for one."""
    bare = site.start == site.end and document.text[site.start - 1 : site.start] != "@"
    made = [Edit(site, f"{'@' if bare else ''}{pin.digests[0]}")]
    found = _REST_OF_LINE.match(document.text, site.end)
    rest = found[0] if found else ""
    named = reference.version and reference.version not in reference.digests
    if named and "\\" not in rest and not re.search(r"\s#", rest) and not re.search(r"[\s#]", reference.version):
        end = site.end + len(rest.rstrip())
        made.append(Edit(Span(end, end), f"  # {reference.version}"))
    return made


def commit(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`ref: COMMIT # v2.1.0`: the old ref is said behind it, where the line and the language of the file let a comment stand."""
    behind = _behind(document, site)
    if refused := denied(reference, behind, pin):
        return refused
    return [Edit(site, pin.digests[0]), *commented(reference, behind, document, pin)]


def action(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`owner/repo@COMMIT # v4.2.2`: the version where Dependabot and Renovate keep it up to date, before any other comment."""
    at = document.text.find("@", site.start, site.end)
    if at < 0 or at + 1 == site.end:
        return NoPin("it names no ref; write one first")
    behind = _behind(document, site)
    if refused := denied(reference, behind, pin):
        return refused
    return [Edit(Span(at + 1, site.end), pin.digests[0]), *commented(reference, behind, document, pin)]


def frozen(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`rev: COMMIT  # frozen: v1.2`, as `pre-commit autoupdate --freeze` writes it; with one blank, which it reads as well, where
    prettier runs, which would make it one."""
    mark = f"{'' if _ONE_BLANK.search(document.text) else ' '} # {FROZEN}: "
    behind = _behind(document, site)
    if refused := denied(reference, behind, pin):
        return refused
    return [Edit(site, pin.digests[0]), *commented(reference, behind, document, pin, mark, FROZEN)]


def _behind(document: Document, site: Span) -> re.Match[str] | None:
    """What follows a value in a line of YAML, with its `comment`; None where no comment can be, or be read."""
    return _BEHIND.match(document.text, site.end) or _FLOW_BEHIND.match(document.text, site.end)


def denied(reference: Reference, behind: re.Match[str] | None, pin: Pin) -> NoPin | None:
    """Why the commit found must not be written: the `comment` behind the ref says another (None = it says none, or this one)."""
    comment = (behind["comment"] or "" if behind else "")[:_LONGEST_COMMENT]
    told = next((one[0].lower() for one in _COMMIT.finditer(comment)), "")
    alone = bool(comment) and (len(told) == 40 or comment.strip("# \t").lower() == told)
    if not told or not alone or pin.digests[0].lower().startswith(told):
        return None
    return NoPin(
        f"{reference.version} is at {pin.digests[0][:12]}… now, and the comment says {told[:12]}{'…' * (len(told) > 12)}: "
        "the tag was moved or the comment was never true; find out which",
        rule=CONTRADICTED,
    )


def commented(
    reference: Reference, behind: re.Match[str] | None, document: Document, pin: Pin, mark: str = " # ", word: str = ""
) -> list[Edit]:
    """The edit that says the pin's version at the end of the line, if a comment can stand there: in place of the version that is
    said there (behind `word`, where what reads it asks for one), else before what else is said."""
    if behind is None or not re.fullmatch(r"[^\s#]+", pin.version) or pin.version in reference.digests:
        return []
    if document.path.endswith(".json"):
        return []
    if behind["comment"] is None:
        stop = behind.start() + len(behind[0].rstrip())
        return [Edit(Span(stop, stop), f"{mark}{pin.version}")]
    start = behind.start("comment")
    found = claimed(document.text[start - 1 : behind.end("comment")])  # a blank stands before every comment
    if (
        found is not None
        and word in ("", found.word)
        and (found.alone or found.version == reference.version)  # else it may be another version of which something is told
        and not _COMMIT.fullmatch(found.version)
    ):
        return [Edit(Span(start - 1 + found.start, start - 1 + found.end), pin.version)]
    return [Edit(Span(start, start), f"{mark.lstrip()}{pin.version} ")]

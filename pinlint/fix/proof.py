"""What must hold before a byte is written: the new text is read as the old one was, and nothing may differ but what was meant to.

One proof for every plan. Knows how two readings are compared; must not know what was planned, or how a file is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from pinlint import engine
from pinlint.config import Policy
from pinlint.fix.plans import Read
from pinlint.fix.second_reader import Change, difference
from pinlint.model import Diagnostic, Fact, Reference
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["EDIT", "LOCK", "edited", "read", "structure", "unproved"]

_Key = tuple[str, str, str, str]


class _By(NamedTuple):
    """What is to be written, in words: when it is there, and what it is."""

    then: str
    what: str


EDIT, LOCK = _By("after the edit", "the edit"), _By("with the new lock", "the new lock")


def edited(file: Read, text: str) -> Document:
    """The file with another text. Raises ValueError or Unread for what it cannot hold."""
    return Document(file.path, file.document.encode(text), file.format.decoding)


def read(document: Document, file: Read, tree: Tree, policy: Policy) -> Read:
    """A document read as a file was, with what its tree holds now."""
    return Read(document, file.format, engine.read(document, file.format, tree, policy))


def unproved(
    before: Read,
    after: Read,
    expected: Mapping[Reference, Reference],
    mended: Callable[[Diagnostic], bool] | Iterable[Diagnostic],
    by: _By = EDIT,
) -> str:
    """Why it must not be written ("" = it may): the file has to ask for the same artifacts in the same order, of which some are
    `expected` to be asked for otherwise; the findings that are `mended` have to be gone, and no new one may be there.

    Where those are told one by one, all others are still there; where by what they are, others may have gone with them.
    """
    asked = [_identity(expected.get(one, one) if expected else one) for one in before.reading.items if not isinstance(one, Fact)]
    if asked != [_identity(one) for one in after.reading.items if not isinstance(one, Fact)]:
        return f"{by.then} the file would ask for something else"
    was, now = (Counter(_key(place) for _, place in one.reading.open) for one in (before, after))
    if fresh := now - was:
        return f"{by.then} it would break {min(fresh)[0]}"
    lasting = [place for _, place in after.reading.open if mended(place)] if callable(mended) else []
    left = bool(lasting) or (not callable(mended) and now + Counter(map(_key, mended)) != was)
    return f"{by.what} would not mend it" if left else ""


def structure(before: Read, after: Document, changes: Iterable[Change], refs: Iterable[Change] = ()) -> str:
    """What the second reader of the format sees changed besides `changes`, texts that were written in place of others; `refs` are
    git refs with the commits that took their place."""
    if not before.format.second_reader:
        return ""
    return difference(before.format.second_reader, before.path, before.document.text, after.text, changes, refs)


def _key(one: Diagnostic) -> _Key:
    return one.rule, one.kind, one.name, one.version


def _identity(reference: Reference) -> tuple[str, str, str, str]:
    """What a fix must not change: the artifact, its role, and the version asked for without its digest."""
    version = reference.version.partition("@")[0]
    version = "" if version in reference.digests else version
    return reference.artifact.kind, reference.artifact.name, reference.role, version if version != "latest" else ""

"""The vocabulary of fixing: what a registry answered, and what is to be written where. Not loaded by a run that only looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pinlint.model import Span

__all__ = ["CONTRADICTED", "MISNAMED", "Edit", "NoPin", "Pin", "apply"]

#: The rule that is broken where what a file holds, or what is published, speaks of other bytes than a registry sends.
CONTRADICTED = "NET904"
#: The rule that is broken where a comment names another version than the commit before it is.
MISNAMED = "NET905"


class Edit(NamedTuple):
    """`text` in place of the characters of `span`; an empty span inserts."""

    span: Span
    text: str


class Pin(NamedTuple):
    """What a registry answered about an artifact: the version asked for and the digests of its bytes. `proof` is the address that
    answered. A digest in here was computed from bytes that were fetched, or agrees with the evidence that the file already held.
    `platforms` are those of an index ("linux/arm64"), () where it is none; `unsafe` says why writing it may change what runs,
    `remark` what whoever reads of the fix should know. `requires` is what the version asks for itself, in its ecosystem's words,
    `python` the Pythons it runs on; `unclear` says why nobody can tell what it asks for ("" = it is told, or not wanted)."""

    version: str
    digests: tuple[str, ...]
    proof: str
    platforms: tuple[str, ...] = ()
    unsafe: str = ""
    remark: str = ""
    requires: tuple[str, ...] = ()
    python: str = ""
    unclear: str = ""


class NoPin(NamedTuple):
    """Why there is no pin, in words that say what would help; `retry` is whether the same question may be answered later. `rule` is
    the rule that the answer itself breaks ("" = none): a finding of its own, which no run without a network can have. `silent` is
    who gave no answer at all, a host or a proxy ("" = somebody answered)."""

    why: str
    retry: bool = False
    rule: str = ""
    silent: str = ""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit made; the order of the edits is irrelevant. Raises ValueError for two that overlap or that insert at
    the same place: which comes first would be a guess."""
    pieces, at, last = [], 0, None
    for edit in sorted(edits):
        if edit.span.start < at or edit.span == last:
            raise ValueError(f"two edits meet at offset {edit.span.start}")
        pieces += [text[at : edit.span.start], edit.text]
        at, last = edit.span.end, edit.span
    return "".join([*pieces, text[at:]])

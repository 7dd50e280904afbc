"""Fenced blocks of Markdown: the files of an example, what is printed, and what registries answer at which address.

A fence whose first words are `LANGUAGE ROLE[:CASE] PATH` belongs to an example. Rule pages hold such fences between their prose,
the `answers.md` of a fixture holds nothing else.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["FENCE", "Block", "blocks"]

FENCE = re.compile(r"^(?P<mark>`{3,})(?P<words>[^\n`]*)\n(?P<body>.*?)^(?P=mark)[ \t]*$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fence that belongs to an example: its text, and where that stands in the page."""

    language: str
    role: str
    case: str
    path: str
    text: str
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    """Every fence of a page that belongs to an example, in order."""
    found = []
    for fence in FENCE.finditer(text):
        words = fence["words"].split(None, 2)
        if len(words) > 1:
            role, _, case = words[1].partition(":")
            found.append(Block(words[0], role, case, words[2] if len(words) > 2 else "", fence["body"], *fence.span("body")))
    return found

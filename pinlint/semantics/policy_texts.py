"""Policies that a file holds as a text of JSON: in a heredoc, in a block scalar, or as a whole file.

Knows JSON and the marks of what fills in such a text; must not know what a policy means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.syntax import json
from pinlint.syntax.templates import HOLE
from pinlint.syntax.yaml import Unparsable, documents

if TYPE_CHECKING:
    from pinlint.syntax.json import Unparsable as Fault
    from pinlint.syntax.yaml import Node

__all__ = ["is_named", "root", "shifted"]

#: No longer than anybody writes one: a text may hold the beginnings of many.
_FILLED = re.compile(
    r"\$\{(?:[^{}\"]|\"(?:[^\"\\\n]|\\.){0,300}+\"|\{[^{}]{0,300}\}){0,300}+\}|\{\{[^{}]{0,300}\}\}|<%[^%]{0,300}%>"
)
_PART = re.compile(rf'"(?:[^"\\]|\\.)*"|{HOLE}+', re.DOTALL)
_DIRECTIVE = re.compile(r"%\{|\{%")


#: How files of policies are called, whosever they are.
_NAMED = re.compile(
    r"(?:.*lifecycle|lifecycle.*|.*lifecycle[-_]policy|.*[lL]ifecyclePolicy|ecr.*|.*-ecr"
    r"|.*cleanup[-_]policy|.*cleanup-policies|cleanup.*|.*retention(?:[-_]policy)?|retention.*|policy)\.json"
)


def is_named(path: str) -> bool:
    """Whether a file is judged by itself, for its name says that it may hold a policy (formats/__init__.py, retention_policy)."""
    return _NAMED.fullmatch(path.rpartition("/")[2]) is not None


def root(text: str) -> Node | Fault | None:
    """What a text of JSON holds, each place as far from its beginning as in the text; the fault that makes it none; None where
    only a run can tell. What is filled in are HOLEs."""
    if _DIRECTIVE.search(text):
        return None
    filled = _FILLED.sub(lambda found: HOLE * len(found[0]), text)
    if HOLE in filled:
        filled = _PART.sub(lambda found: found[0] if found[0][0] == '"' else f'"{HOLE * (len(found[0]) - 2)}"', filled)
    value = json.load(filled)
    if isinstance(value, json.Unparsable):
        return value if not _beside(filled, value.offset) else None
    try:
        roots = documents(filled)
    except Unparsable:  # what YAML does not take, although JSON does
        return None
    return roots[0] if len(roots) == 1 else None


def _beside(filled: str, offset: int) -> bool:
    """Whether what is filled in may mend a fault: it stands right there, or right before."""
    return HOLE in filled[offset : offset + 2] or HOLE in filled[:offset].rstrip()[-2:]


def shifted(span: Span, by: int) -> Span:
    """The same stretch, further on."""
    return Span(span.start + by, span.end + by)

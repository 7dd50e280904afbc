"""The elements of a list of a shell: an array whose every assignment and append is written in the script, or what a loop runs over.

Knows bash's writing of both; must not know any program. A list of which a part is filled in by a command has no elements here:
nobody can tell how many it has.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pinlint.budget import spend

if TYPE_CHECKING:
    from pinlint.programs.words import Word

__all__ = ["listed"]

_ALL = re.compile(r"\$\{(\w+)\[[@*]\]\}")
_ONE = re.compile(r"\$\{?(\w+)\}?")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_ELEMENT = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|((?:\$\{\{[^{}\n]*\}\}|[^\s\"'\\])+)")
_DEEPEST, _MOST = 3, 50


def listed(word: Word, script: str) -> list[str]:
    """What a word stands for that is an array or the variable of a loop, as written; nothing where not all of it can be told."""
    return _of(word.text.strip(), script, 0)


def _of(text: str, script: str, depth: int) -> list[str]:
    if depth == _DEEPEST:
        return []
    if (array := _ALL.fullmatch(text)) is not None:
        return list(_array(array[1], script))
    if (variable := _ONE.fullmatch(text)) is None:
        return []
    found: list[str] = []
    for element in _loop(variable[1], script):
        inner = _of(element, script, depth + 1) if element.startswith("$") else [element]
        if not inner:
            return []
        found += inner
    return found[:_MOST]


@lru_cache(maxsize=64)
def _array(name: str, script: str) -> tuple[str, ...]:
    """The elements of an array, every append among them."""
    spend(1 + len(script) // 200)
    set_to = rf"(?<![\w$.{{-]){re.escape(name)}"
    assigned = re.findall(rf"{set_to}\+?=\(([^()]*)\)", script)
    if len(assigned) != len(re.findall(rf"{set_to}(?:\[[^\]\n]{{0,100}}\])?\+?=", script)) or _is_read(name, script):
        return ()
    return _elements(" ".join(_COMMENT.sub("", one) for one in assigned))


@lru_cache(maxsize=64)
def _loop(name: str, script: str) -> tuple[str, ...]:
    """What the loops run over that have this variable, if nothing else sets it."""
    spend(1 + len(script) // 200)
    written = re.escape(name)
    loops = re.findall(rf"\bfor[ \t]+{written}[ \t]+in[ \t]+((?:[^;\n\\]|\\\r?\n)*)", script)
    if not loops or re.search(rf"(?<![\w$.{{-]){written}\+?=", script) or _is_read(name, script):
        return ()
    return _elements(" ".join(loops).replace("\\", " "))


def _is_read(name: str, script: str) -> bool:
    """Whether a command fills the variable in."""
    return re.search(rf"\b(?:read|mapfile|readarray|printf[ \t]+-v)\b[^\n;|&]{{0,200}}[ \t]{re.escape(name)}\b", script) is not None


def _elements(text: str) -> tuple[str, ...]:
    """The words of a list; nothing where a command makes some of them."""
    if "$(" in text or "`" in text:
        return ()
    return tuple(dict.fromkeys(one[1] or one[2] or one[3] for one in _ELEMENT.finditer(text) if one[0]))[:_MOST]

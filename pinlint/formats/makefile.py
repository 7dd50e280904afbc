"""Makefiles: the recipes of targets, each one script, and what `$(shell …)` runs while the file is read.

Variables that the file sets once, to a text, are filled in as make does it. Source: the manual of GNU make, "Recipe Syntax",
"Recipe Echoing", "The shell Function", "How to Use Variables".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.semantics.scripts import placed
from pinlint.syntax.scalars import filled, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.scalars import Written
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_LINE = r"(?P<line>[^\n]*)(?:\n|\Z)"
_SET = r"[ ]*(?:export[ ]+|override[ ]+)?(?P<name>[\w.-]+)[ ]*(?P<how>::?:?=|\?=|=)[ \t]*(?P<value>[^\n]*)"
_RULE = r"(?P<target>[^\t#:=\s][^:=#\n]*):(?!:?:?=)"
#: Lines that a variable holds, most often to be a part of recipes.
_DEFINE = r"(?:override |export )?define[ \t]+(?P<target>[\w.-]+)"
#: What may stand between the lines of a recipe.
_WITHIN = r"\s*(?:#|(?:ifeq|ifneq|ifdef|ifndef|else|endif|-?include)\b|\Z)"
_USED = r"\$(?:\$|\((?P<name>[\w.-]+)\)|\{(?P<braced>[\w.-]+)\})"
_FUNCTION = "$(shell "
_LONGEST = 200  # characters of a value that is filled in


def references(document: Document, tree: Tree) -> Iterator[Script]:  # noqa: ARG001
    """What the recipes run, then what `$(shell …)` does."""
    values, partial = _values(document.text)
    for number, (name, written) in enumerate((*_recipes(document.text), *_called(document.text))):
        place = Script("", [], "sh", "script", f"recipe {number}", name, foreign="make", partial=partial)
        yield placed(filled(written, _USED, lambda one: values.get(one["name"] or one["braced"] or "")), place)


def _values(text: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The variables that are set once, to a text without any variable; and those to a text with some, as it is written."""
    found: dict[str, list[str]] = {}
    for one in re.finditer(rf"(?m)^{_SET}", text):
        found.setdefault(one["name"], []).append(one["value"].partition(" #")[0].strip())
    added = {one[1] for one in re.finditer(r"(?m)^[ ]*([\w.-]+)[ ]*(?:\+=|!=)", text)}
    alone = {name: texts[0] for name, texts in found.items() if len(texts) == 1 and name not in added}
    alone = {name: value for name, value in alone.items() if value and len(value) <= _LONGEST and "\\" not in value}
    known = {name: value for name, value in alone.items() if "$" not in value}
    return known, tuple([(name, value) for name, value in alone.items() if name not in known])


def _recipes(text: str) -> Iterator[tuple[str, Written]]:
    """(target, its recipe) of every rule: what make shows or ignores is a matter of its own signs before a line."""
    target, lines, continued, defining = "", list[tuple[int, str]](), False, False
    rule, within, define = re.compile(_RULE), re.compile(_WITHIN), re.compile(_DEFINE)
    for found in re.finditer(_LINE, text):
        line, start = found["line"].rstrip("\r"), found.start()
        if begun := define.match(line):
            defining = True
        elif defining and line.strip() == "endef":
            defining = False
        elif line.startswith("\t") or continued or defining:
            cut = 1 if line.startswith("\t") else 0
            if not continued:
                cut += len(line[cut:]) - len(line[cut:].lstrip("@-+ \t"))
            lines += [(start + cut, line[cut:]), (start + len(line), "\n" if found[0].endswith("\n") else "")]
            continued = line.endswith("\\")
            continue
        if within.match(line):
            continue
        if lines:
            yield target, joined(lines)
            lines = []
        header = begun or rule.match(line)
        target = header["target"].strip()[:80] if header else ""
    if lines:
        yield target, joined(lines)


def _called(text: str) -> Iterator[tuple[str, Written]]:
    """What `$(shell …)` runs outside of recipes."""
    brackets = re.compile(r"[()\n]")
    at = text.find(_FUNCTION)
    while at >= 0:
        start, depth, end = at + len(_FUNCTION), 1, at + len(_FUNCTION)
        while depth and (found := brackets.search(text, end)) and found[0] != "\n":
            depth += 1 if found[0] == "(" else -1
            end = found.end()
        in_recipe = text.startswith("\t", text.rfind("\n", 0, at) + 1)
        if not depth and not in_recipe:
            yield "shell", joined([(start, text[start : end - 1])])
        at = text.find(_FUNCTION, max(end, start))

"""justfiles: the recipes, each one script, in the shell that the file sets or a shebang names.

Source: just's manual ("Settings", "Shebang Recipes", "Script Recipes", "Expressions and Substitutions").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.semantics.scripts import placed, shell_of
from pinlint.syntax.scalars import filled, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.scalars import Written
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_LINE = r"(?P<line>[^\n]*)(?:\n|\Z)"
_RECIPE = r"@?(?P<name>[A-Za-z_][\w-]*)(?:[^:\n\"']|\"[^\"\n]*\"|'[^'\n]*')*+:(?!=)"
_SET = r"(?:export\s+)?(?P<name>[A-Za-z_][\w-]*)\s*:=\s*(?P<quote>[\"'])(?P<value>[^\"'\n\\$]{1,200})(?P=quote)\s*(?:#.*)?$"
_SHELL = r"(?m)^set\s+shell\s*:=\s*\[\s*[\"']([^\"']+)"
_SCRIPT = r"\[.*\bscript(?:\(\s*[\"']([^\"']+))?"
_USED = r"\{\{\s*(?P<name>[A-Za-z_][\w-]*)\s*\}\}"


def references(document: Document, tree: Tree) -> Iterator[Script]:  # noqa: ARG001
    """What the recipes run."""
    text = document.text
    values = {one["name"]: one["value"] for one in re.finditer(rf"(?m)^{_SET}", text)}
    named = re.search(_SHELL, text)
    usual = shell_of(named[1]) if named else "sh"
    for name, by, written in _recipes(text):
        place = Script("", [], shell_of(by) if by else usual, "script", f"recipe {name}", name, foreign="just")
        yield placed(filled(written, _USED, lambda one: values.get(one["name"])), place)


def _recipes(text: str) -> Iterator[tuple[str, str, Written]]:
    """(name, who reads it if an attribute says so, text) of every recipe. just's own signs before a line are no part of it."""
    header, attribute = re.compile(_RECIPE), re.compile(_SCRIPT)
    name, by, given = "", "", ""
    lines: list[tuple[int, str]] = []
    for found in re.finditer(_LINE, text):
        line, start = found["line"].rstrip("\r"), found.start()
        if line[:1] in (" ", "\t") and name:
            cut = len(line) - len(line.lstrip())
            if not _is_whole(lines) and not (len(lines) > 1 and lines[-2][1].endswith("\\")):
                cut += len(line[cut:]) - len(line[cut:].lstrip("@-"))
            lines += [(start + cut, line[cut:]), (start + len(line), "\n" if found[0].endswith("\n") else "")]
            continue
        if not line or line[0] == "#":
            continue
        if lines:
            yield name, by, joined(lines)
            lines = []
        begun = header.match(line)
        name, by = (begun["name"], given) if begun else ("", "")
        said = attribute.match(line)
        given = (said[1] or "sh") if said else ""
    if lines:
        yield name, by, joined(lines)


def _is_whole(lines: list[tuple[int, str]]) -> bool:
    """Whether one program is given all of the recipe."""
    return bool(lines) and lines[0][1].startswith("#!")

"""tox.ini: what environments install, and the commands that they run without any shell.

Versions are left open there, as what an environment installs is chosen anew each time; repositories and archives are judged.
Source: tox.wiki/en/stable/config.html (`deps`, `commands`, `commands_pre`, `commands_post`; a leading `-` or `!` is tox's own).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Script, Span
from pinlint.programs import fetches
from pinlint.semantics.python_manifests import Place, insecure, of_text
from pinlint.syntax.ini import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.syntax.ini import Entry
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_COMMANDS = ("commands", "commands_pre", "commands_post")
#: `py312,lint: black==24.8.0`: only some environments install it.
_CONDITION = r"[!\w,.{}-]+:[ \t]+"
_OWN = r"[-!\s]*"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """Every requirement of an environment, then what environments run."""
    found = [entry for entry in entries(document.text) if entry.section.startswith("testenv")]
    for entry in found:
        if entry.key == "deps":
            yield from _dependencies(entry)
    if fetches(document.data):
        for entry in found:
            if entry.key in _COMMANDS:
                yield from _commands(entry, document.text)


def _dependencies(entry: Entry) -> Iterator[Reference | Fact]:
    for line, start in entry.lines:
        at = condition.end() if (condition := re.match(_CONDITION, line)) else 0
        asked = re.sub(r"(?:\A|\s)#.*", "", line[at:]).strip()
        if not asked or asked[0] in "-.{/" or "{" in asked:  # an option, a path, or what tox fills in
            continue
        at = line.index(asked[0], at)
        place = Place(Span(start + at, start + at + len(asked)), asked, start + at)
        reference = of_text(asked, place, "environment dependency")
        yield reference
        if fact := insecure(reference):
            yield fact


def _commands(entry: Entry, text: str) -> Iterator[Script]:
    from pinlint.semantics.scripts import placed
    from pinlint.syntax.scalars import joined

    lines: list[tuple[int, str]] = []
    for line, start in entry.lines:
        cut = re.match(_OWN if not lines else r"", line).end()  # type: ignore[union-attr]
        continued = line.endswith("\\")
        lines += [(start + cut, line[cut:]), (start + len(line), "\n" if start + len(line) < len(text) else "")]
        if not continued:
            yield placed(joined(lines), Script("", [], "sh", "script", entry.section, entry.section, foreign="tox"))
            lines = []

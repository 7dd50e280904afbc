"""Rule pages for people at a terminal, and the list of rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from pinlint.report.wrapped import columns, wrapped
from pinlint.rulebook import codes, page

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["caption", "explain", "formats", "rules"]

#: The opening of a fence: its language, its role in tests, and the file that it shows.
_FENCE = r"```(?:\S+)?(?: (bad|good|output|answers|fixed)(?::\S+)?)?(?: (.*))?$"
_ROLES = {"bad": "Bad", "good": "Good", "output": "What is said", "fixed": "Fixed", "answers": "What is answered at"}


def explain(wanted: Sequence[str], out: TextIO) -> int:
    """Each page: what it finds, how to fix that, then why it matters, options and examples. Raises PinlintError for an unknown
    code."""
    for number, code in enumerate(wanted):
        found = page(code)
        out.write("\n" if number else "")
        off = "; off by default: --extend-select switches it on" if found.default == "off" else ""
        out.write(f"{found.id} {found.name} ({found.severity}, fix: {found.fix}{off})\n\n{_for_people(found.body)}\n")
    return 0


def _for_people(body: str) -> str:
    """A page with what is to be done before everything else, and examples without the words that only tests read."""
    head, *sections = re.split(r"(?m)^(?=## )", body.rstrip() + "\n")
    sections.sort(key=lambda section: not section.startswith("## How to fix"))
    lines: list[str] = []
    fenced = False
    for line in "".join(f"{section.rstrip()}\n\n" for section in (head, *sections)).rstrip().split("\n"):
        fence = re.match(_FENCE, line)
        if fence and not fenced:
            lines += ["", caption(line)] if fence[1] else [""]
        elif not fence:
            lines.append(f"    {line}".rstrip() if fenced else line)
        fenced = fenced != bool(fence)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def caption(line: str) -> str:
    """What a line of Markdown that opens an example says of it, in words; "" for one that opens none."""
    fence = re.match(_FENCE, line)
    return " ".join(filter(None, (_ROLES[fence[1]], fence[2]))) + ":" if fence and fence[1] else ""


def rules(output_format: str, out: TextIO) -> int:
    """Every rule: a table, or a JSON array of objects with code, name, severity, fix, whether it is on by default, and summary."""
    found = [page(code) for code in codes()]
    if output_format == "json":
        import json

        keys = ("id", "name", "severity", "fix", "default", "title", "summary")
        out.write(json.dumps([{key: getattr(one, key) for key in keys} for one in found], indent=2, ensure_ascii=False) + "\n")
        return 0
    rows = [("rule", "severity", "fix", "name", "")]
    for one in found:
        severity = f"{one.severity}, off" if one.default == "off" else one.severity
        rows.append((one.id, severity, "-" if one.fix == "none" else one.fix, one.name, one.title))
    lines = (f"{code:<6}  {severity:<9}  {fix:<6}  {name:<27}  {title}" for code, severity, fix, name, title in rows)
    out.writelines(f"{line.rstrip()}\n" for line in lines)
    out.write("\nfix: what `pinlint --fix` does about it; unsafe, only with --unsafe-fixes. `pinlint explain RULE` tells more\n")
    if any(one.default == "off" for one in found):
        out.write("off: not by default; --extend-select RULE, or extend-select in the configuration, switches it on\n")
    return 0


def formats(output_format: str, out: TextIO) -> int:
    """Every kind of file: its names, and the words that a file must hold whose name says nothing; a table, or a JSON array."""
    from pinlint.formats import FORMATS

    kinds = [(one.title, one.patterns, [mark.decode() for mark in one.marks]) for one in FORMATS]
    if output_format == "json":
        import json

        rows = [{"title": title, "names": list(names), "marks": marks} for title, names, marks in kinds]
        out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return 0
    width = columns(out)
    for title, names, marks in kinds:
        held = f" with {' and '.join(marks)}" if marks else ""
        out.write(f"{title}\n    {wrapped(', '.join(names) + held, width, '    ', taken=4)}\n")
    return 0

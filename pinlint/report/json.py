r"""The findings as JSON for programs: one versioned object, described by json-v1.schema.json beside this module.

Keys are only ever added within a version. The text is ASCII and valid Unicode: a byte that cannot be decoded is written as \xNN in
`path` and is exact in `uri`.
"""

from __future__ import annotations

from json import JSONEncoder
from typing import TYPE_CHECKING

from pinlint.fingerprint import numbered
from pinlint.report.escapes import in_json, sayable, uri, visible
from pinlint.report.run import SEVERITIES

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.model import Diagnostic, Remedy
    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """Suppressed findings, where they are asked for, are listed with how and why they were suppressed; the summary's findings count
    only the others."""
    encode = _encoded
    out.write(f'{{"version": 1,\n"tool": {encode({"name": "pinlint", "version": run.version})},\n')
    out.write(f'"summary": {encode(_summary(run))},\n"findings": [')
    separator = "\n"
    for found, fingerprint in numbered(run.diagnostics):
        out.write(separator + encode(_finding(run, found, fingerprint)))
        separator = ",\n"
    out.write(f'],\n"fixes": {encode(list(run.fixes))},\n"notes": {encode([visible(note) for note in run.notes])}}}\n')


def _encoded(value: object) -> str:
    return in_json(JSONEncoder().encode(value))


def _summary(run: Run) -> dict[str, object]:
    levels = dict.fromkeys(SEVERITIES, 0)
    for found in run.reported():
        levels[run.severity(found)] += 1
    return {
        "files": run.files,
        "references": run.references,
        "verdicts": dict(run.counts),
        "findings": levels,
        "suppressed": run.hidden.suppressed + run.hidden.known + run.hidden.before,
        "baseline": run.hidden.known,
        "off": dict(run.hidden.off),
    }


def _finding(run: Run, found: Diagnostic, fingerprint: str) -> dict[str, object]:
    page = run.pages[found.rule]
    return {
        "rule": found.rule,
        "rule_name": page.name,
        "severity": run.severity(found),
        "path": visible(run.prefix(found.path)),
        "uri": uri(found.path),
        "line": found.line,
        "column": found.column,
        "end_line": found.end_line,
        "end_column": found.end_column,
        "message": visible(found.message),
        "kind": found.kind,
        "name": visible(found.name),
        "version": visible(found.version),
        "pin": found.verdict,
        "role": found.role,
        "fix": page.fix,
        "fixable": found.fixable,
        "edits": _edits(run, found.remedy) if found.remedy else [],
        "fingerprint": visible(fingerprint),
        "suppressed": {"kind": "inSource" if found.suppressed == "inSource" else "external", "reason": visible(found.reason)}
        if found.suppressed
        else None,
    }


def _edits(run: Run, remedy: Remedy) -> list[dict[str, object]]:
    """All of them, or none where one holds what cannot be said here."""
    if not all(sayable(one.text) for one in remedy.replacements):
        return []
    return [
        {
            "path": visible(run.prefix(one.path)), "uri": uri(one.path), "line": one.line, "column": one.column,
            "end_line": one.end_line, "end_column": one.end_column, "text": one.text, "creates": one.creates,
        }
        for one in remedy.replacements
    ]  # fmt: skip

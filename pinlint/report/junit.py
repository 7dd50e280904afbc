"""JUnit XML, as CI servers read it: one test suite a file, one failed test case a finding.

A note is a skipped test case, because notes do not fail a run. The text is ASCII, so that it is right in any encoding.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """Suppressed findings are left out. A run without findings is one test case that passed: some servers refuse empty reports."""
    reported = run.reported()
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f"<testsuites{_attributes(name='pinlint', **_counts(run, reported))}>\n")
    for path, group in groupby(reported, key=lambda found: found.path):
        found_here = list(group)
        out.write(f"  <testsuite{_attributes(name=run.prefix(path), **_counts(run, found_here))}>\n")
        out.writelines(_case(run, found) for found in found_here)
        out.write("  </testsuite>\n")
    if not reported:
        counts = _attributes(tests="1", failures="0", errors="0", skipped="0")
        case = _attributes(classname="pinlint", name=f"{run.references} references in {run.files} files")
        out.write(f'  <testsuite name="pinlint"{counts}>\n    <testcase{case}/>\n  </testsuite>\n')
    out.write("</testsuites>\n")


def _case(run: Run, found: Diagnostic) -> str:
    path = run.prefix(found.path)
    name = f"{found.rule} {run.pages[found.rule].name} at {found.line}:{found.column}"
    case = _attributes(classname=path, name=name, file=path, line=str(found.line))
    if run.severity(found) == "note":
        return f"    <testcase{case}>\n      <skipped{_attributes(message=found.message)}/>\n    </testcase>\n"
    failure = _attributes(type=found.rule, message=found.message)
    text = _text(f"{path}:{found.line}:{found.column}: {found.rule} {found.message}")
    return f"    <testcase{case}>\n      <failure{failure}>{text}</failure>\n    </testcase>\n"


def _counts(run: Run, found: list[Diagnostic]) -> dict[str, str]:
    notes = sum(run.severity(one) == "note" for one in found)
    tests = len(found) or 1
    return {"tests": str(tests), "failures": str(len(found) - notes), "errors": "0", "skipped": str(notes)}


def _attributes(**attributes: str) -> str:
    return "".join(f' {name}="{_text(value)}"' for name, value in attributes.items())


def _text(text: str) -> str:
    # The standard library's escape() comes with an import of its network modules.
    marked = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return marked.encode("ascii", "xmlcharrefreplace").decode("ascii")

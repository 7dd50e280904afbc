"""Every folder `fixtures/<format>/<case>/` is a small repository; `expected.txt` says what is read from it and what is found.

`pytest tests/test_fixtures.py --update-expected -k CASE` writes the expectation anew: read every line of the change.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinlint.config import load
from pinlint.discover import Found, _candidates, format_of
from pinlint.formats import FORMATS, Format
from pinlint.listing import _walk
from pinlint.report import inventory
from pinlint.schedule import check_all

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path for path in FIXTURES.glob("*/*") if path.is_dir())


def files_of(case: str) -> list[tuple[str, Format]]:
    """What discovery finds in a case folder, as if it were a repository of its own."""
    found = []
    for path in _candidates("".join(f"{path}\0" for path in _walk(case))):
        format_ = format_of(path)
        if format_ is not None:
            found.append((path, format_))
    return sorted(found)


def described(case: Path) -> str:
    """References, then findings, then files that were not judged: a line each."""
    found = Found(str(case), files_of(str(case)))
    lines = []
    for row in inventory.rows(found, {}, lambda path: path, load(str(case)).settings, {}, {}):
        place = f"{row['path']}:{row['line']}:{row['column']}-{row['end_line']}:{row['end_column']}"
        extra = "".join(f" | {text}" for text in (row["why"], row["settled_by"] and f"settled by {row['settled_by']}") if text)
        lines.append(f"{place} {row['kind']} {row['name']} {row['version']!r} {row['pin']} {row['role']}{extra}")
    lines.append("")
    for checked in check_all(found, load(str(case))._replace(ignore=("PIN006",)), "", 1):
        lines.extend(
            f"{one.path}:{one.line}:{one.column} {one.rule} {one.message}"
            + (f" [{one.suppressed}: {one.reason}]" if one.suppressed else "")
            for one in checked.diagnostics
        )
        if checked.skipped:
            lines.append(f"{checked.path} skipped: {checked.skipped}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_case_is_read_as_expected(case: Path, pytestconfig: pytest.Config) -> None:
    expected = case / "expected.txt"
    actual = described(case)
    if pytestconfig.getoption("--update-expected"):
        expected.write_text(actual, encoding="utf-8", errors="surrogateescape")
    assert actual == expected.read_text(encoding="utf-8", errors="surrogateescape")


def test_every_format_has_a_fixture_folder_and_every_folder_a_format() -> None:
    assert {case.parent.name for case in CASES} == {format_.name for format_ in FORMATS}


def test_no_case_is_empty() -> None:
    assert [case for case in CASES if not files_of(os.fspath(case))] == []

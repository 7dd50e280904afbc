"""A file says the same with the line ends of Windows: same findings, same places. No column counts what ends a line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.discover import format_of

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path for path in FIXTURES.glob("*/*") if path.is_dir())


def judged(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[list[dict[str, Any]]]:
    """(findings, rows of the inventory)."""
    monkeypatch.chdir(root)
    main(["--output-format", "json", "--show-unknown"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    main(["inventory", "--output-format", "json"])
    return [findings, json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_line_ends_change_nothing(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, windows = tmp_path / "plain", tmp_path / "windows"
    shutil.copytree(case, plain, symlinks=True)
    for path in plain.rglob("*"):
        if path.is_file() and not path.is_symlink() and format_of(path.relative_to(plain).as_posix()):
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    shutil.copytree(plain, windows, symlinks=True)
    for path in windows.rglob("*"):
        if path.is_file() and not path.is_symlink() and b"\r" not in path.read_bytes() and b"\0" not in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    for root in (plain, windows):
        root_at(root)
    before, after = judged(plain, monkeypatch, capsys), judged(windows, monkeypatch, capsys)
    for kind in (before, after):
        for one in (*kind[0], *kind[1]):
            line = (windows / one["path"]).read_bytes().decode("utf-8-sig", "surrogateescape").split("\n")[one["end_line"] - 1]
            assert one["end_column"] <= len(line.removesuffix("\r")) + 1 or one["line"] == one["column"] == 1, one
    assert after == before

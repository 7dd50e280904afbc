"""Standard input under a file's name is judged as that file: with what lies beside it, whichever format it is."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.discover import format_of

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path for path in FIXTURES.glob("*/*") if path.is_dir())


def judged(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main([*arguments, "--output-format", "concise", "--show-unknown"])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_standard_input_is_judged_as_the_file(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    shutil.copytree(case, root, symlinks=True)
    root_at(root)
    monkeypatch.chdir(root)
    names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    for name in sorted(name for name in names if format_of(name) is not None):
        data = (root / name).read_bytes()
        from_file = judged(capsys, name)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert judged(capsys, "-", "--stdin-filename", name) == from_file, name
        (root / name).write_bytes(b"")  # an editor has not saved it yet
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert judged(capsys, "-", "--stdin-filename", f"./{name}") == from_file, name
        (root / name).write_bytes(data)

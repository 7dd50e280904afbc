"""Every folder `fixtures/<format>/<case>/` is a small repository; `expected.txt` says what is read from it and what is found.

Where `answers.md` says what registries answer (see `servers.answers`), `fixed.txt` is what `--fix` says there, and `fixed/` holds
the files that it changes, as they are then; `fixed-unsafe.txt` and `fixed-unsafe/` are the same of `--fix --unsafe-fixes`, where
that does something else. `pytest tests/test_fixtures.py --update-expected -k CASE` writes all of it anew: read every line of the
change.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import expected
from fences import blocks
from servers.answers import Answers, user
from trees import files, root_at

from pinlint.cli import main
from pinlint.commands.inventory import Inventory
from pinlint.config import load
from pinlint.discover import Found, candidates, format_of
from pinlint.formats import FORMATS, Format
from pinlint.listing import _walk
from pinlint.schedule import check_all, new_tree

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path for path in FIXTURES.glob("*/*") if path.is_dir())
#: Those of which it is known what is answered.
ANSWERED = [case for case in CASES if (case / "answers.md").exists()]
#: What in a case folder is no part of the repository that it stands for.
BESIDE = ("answers.md", "expected.txt", "fixed", "fixed.txt", "fixed-unsafe", "fixed-unsafe.txt")
#: The modes by the name of what they lead to.
MODES: dict[str, tuple[str, ...]] = {"fixed": (), "fixed-unsafe": ("--unsafe-fixes",)}
#: When a run takes place that looks at how old a release is.
NOW = 1767607200.0  # 2026-01-05 10:00 UTC
_GENERATED = re.compile(rb'(?m)^(generated: ")[^"]*')


def files_of(case: str) -> list[tuple[str, Format]]:
    """What discovery finds in a case folder, as if it were a repository of its own."""
    found = []
    for path in candidates("".join(f"{path}\0" for path in _walk(case))):
        format_ = format_of(path)
        if format_ is not None and path.partition("/")[0] not in BESIDE:
            found.append((path, format_))
    return sorted(found)


def described(case: Path) -> str:
    """References, then findings, then files that were not judged: a line each."""
    found = Found(str(case), files_of(str(case)))
    lines = []
    rows = Inventory().rows(new_tree(found.root, settings=load(str(case)).settings), found.files, str, {})
    for row in rows:
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


def _named(case: Path) -> str:
    return f"{case.parent.name}-{case.name}"


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_case_is_read_as_expected(case: Path, pytestconfig: pytest.Config) -> None:
    actual = described(case).encode("utf-8", "surrogateescape")
    assert actual == expected(case / "expected.txt", actual, pytestconfig)


class Run(NamedTuple):
    """What a run said on both streams, and every file as it left them."""

    out: str
    err: str
    files: dict[str, bytes]


class Repository:
    """A copy of a case, in which somebody works whose registries are those of its `answers.md`."""

    def __init__(self, case: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        shutil.copytree(case, folder, symlinks=True, ignore=lambda inner, _: BESIDE if Path(inner) == case else ())
        root_at(folder)
        self.before = self.files()

    def run(self, *arguments: str) -> Run:
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            main([*arguments, "--verbose", *(["--output-format", "concise"] if "--diff" not in arguments else [])])
        finally:
            os.chdir(here)
        said = self._capsys.readouterr()
        return Run(said.out, said.err, self.files())

    def files(self) -> dict[str, bytes]:
        """Every file by path, without the moment that a lock was made at."""
        return {name: _GENERATED.sub(rb"\1", data) for name, data in files(self.folder).items()}


def answers_of(case: Path) -> Answers:
    text = (case / "answers.md").read_text(encoding="utf-8")
    found = blocks(text)
    assert {one.role for one in found} <= {"answers"}, "answers.md holds nothing but fences of answers"
    return Answers(found)


@pytest.mark.parametrize("case", ANSWERED, ids=_named)
def test_case_is_fixed_as_expected(
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    """To the byte, once and no more, and as its diff says; nothing is asked that has no answer, and no answer is not asked for."""
    answers = answers_of(case)
    user(tmp_path / "home", answers, monkeypatch)
    monkeypatch.setattr("time.time", lambda: NOW)
    outcomes: dict[str, tuple[dict[str, bytes], bytes]] = {}
    for mode, options in MODES.items():
        diffed, fixed = (Repository(case, tmp_path / f"{mode}-{number}", capsys) for number in "12")
        patch = diffed.run("--diff", *options)
        assert patch.files == diffed.before, "--diff writes nothing"
        made = fixed.run("--fix", *options)
        assert applied(diffed, patch.out) == made.files, "git makes of the diff what --fix writes"
        again = fixed.run("--fix", *options)
        assert (again.files, "Fixed" in again.err) == (made.files, False), "twice is once"
        changed = {name: data for name, data in made.files.items() if fixed.before.get(name) != data}
        outcomes[mode] = changed, f"{made.err}\n{made.out}".encode("utf-8", "surrogateescape")
    assert answers.unknown == set(), "asked, and no answer is written down"
    assert answers.unused == [], "written down, and nobody asked"
    for mode, (changed, said) in outcomes.items():
        told = mode == "fixed" or (changed, said) != outcomes["fixed"]
        _compare(case, mode, changed if told else {}, said if told else None, pytestconfig)


def applied(repository: Repository, patch: str) -> dict[str, bytes]:
    """What git makes of a repository with a patch."""
    if patch:
        command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
        data = patch.encode("utf-8", "surrogateescape")
        subprocess.run(command, cwd=repository.folder, input=data, check=True)
    return repository.files()


def _compare(case: Path, mode: str, changed: dict[str, bytes], said: bytes | None, config: pytest.Config) -> None:
    """Nothing else is in the folder of a mode than what that mode changes; `said` is None where the mode is not told of."""
    listed = files(case / mode) if (case / mode).exists() else {}
    for name in sorted({*listed, *changed}):
        assert changed.get(name) == expected(case / mode / name, changed.get(name), config), name
    assert said == expected(case / f"{mode}.txt", said, config)


def test_every_outcome_has_answers() -> None:
    assert [case for case in CASES if list(case.glob("fixed*")) and case not in ANSWERED] == []


def test_every_format_has_a_fixture_folder_and_every_folder_a_format() -> None:
    assert {case.parent.name for case in CASES} == {format_.name for format_ in FORMATS}


def test_no_case_is_empty() -> None:
    assert [case for case in CASES if not files_of(os.fspath(case))] == []

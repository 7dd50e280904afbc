"""Exceptions of the configuration that cover nothing: said where they stand, in a run over everything, and of no other."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main

IGNORED = '[[ignores]]\nrule = "PIN003"\npath = "{}"\nreason = "x"\n'


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    root_at(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/Dockerfile").write_text("FROM a:1\n")
    (tmp_path / "requirements.txt").write_text("b>=1\n")

    def call(text: str, *arguments: str, name: str = "pinlint.toml") -> list[str]:
        (tmp_path / name).write_text(text)
        main(["--output-format", "concise", *arguments])
        lines = capsys.readouterr().out.splitlines()
        return [line.replace(": warning: PIN900", "") for line in lines if "PIN900" in line]

    return call


AGED = {
    "a path of no file": (IGNORED.format("old/**"), "1:1 no file that was checked fits path 'old/**'"),
    "an artifact of no finding": ('[[ignores]]\nartifact = "image:b"\n', "1:1 nothing of image:docker.io/library/b breaks any rule"),
    "a rule that nothing breaks": (IGNORED.format("requirements.txt"), "1:1 nothing breaks PIN003 in requirements.txt"),
    "a day that is over": (IGNORED.format("sub") + 'until = "2020-01-01"\n', "1:1 this exception ended on 2020-01-01"),
    "the second of two": (IGNORED.format("sub") + "\n" + IGNORED.format("x"), "6:1 no file"),
    "an override of no file": ('[[overrides]]\npaths = ["x/**"]\nignore = ["SRC"]\n', "1:1 no file that was checked fits 'x/**'; mend the path or remove the entry"),
    "one path of an override": ('[[overrides]]\npaths = ["x/**", "sub"]\nignore = ["SRC"]\n', "1:1 no file that was checked fits 'x/**'; mend the path or remove it"),
    "an array that is written in one line": ('ignores = [{path = "x"}]\n', "1:1 no file"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), AGED.values(), ids=AGED)
def test_what_covers_nothing_is_said_at_its_place(said, text: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    [line] = said(text)
    assert line.startswith(f"pinlint.toml:{expected}")
    assert said(text, ".") == [line]
    [line] = said(f"[tool.pinlint]\n{text}".replace("[[", "[[tool.pinlint."), "--config", "pyproject.toml", name="pyproject.toml")
    assert line.startswith("pyproject.toml:")


USED = {
    "an entry that covers": IGNORED.format("sub"),
    "an entry beside another that covers the same": 2 * IGNORED.format("sub"),
    "an entry for both spellings of a name": '[[ignores]]\nartifact = "image:a"\n',
    "an override that is at work": '[[overrides]]\npaths = ["sub/**"]\nrequire = {image = "tag"}\n',
    "an override that changes nothing today": '[[overrides]]\npaths = ["sub/**"]\nignore = ["SRC201"]\n',
    "a rule that is off": 'ignore = ["PIN003"]\n' + IGNORED.format("requirements.txt"),
    "some of whose rules are off": 'ignore = ["PIN003"]\n' + IGNORED.format("sub").replace("PIN003", "PIN"),
    "what only a network shows": IGNORED.format("sub").replace("PIN003", "NET904"),
    "the report of it is off": 'ignore = ["unused-ignore"]\n' + IGNORED.format("x"),
}


@pytest.mark.parametrize("text", USED.values(), ids=USED)
def test_what_may_be_of_use_is_not_said(said, text: str) -> None:  # type: ignore[no-untyped-def]
    assert said(text) == []


def test_only_a_run_over_everything_and_every_rule_can_tell(said) -> None:  # type: ignore[no-untyped-def]
    text = IGNORED.format("x") + IGNORED.format("requirements.txt")
    assert [len(said(text, *words)) for words in ((), ("sub",), ("requirements.txt",), ("--select", "SRC"))] == [2, 0, 0, 0]
    assert len(said(text, "--select", "PIN001,PIN900")) == 1  # whether a path fits has nothing to do with rules


def test_a_comment_silences_it_and_a_baseline_takes_it(said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert said("# pinlint: ignore[PIN900] comes back in spring\n" + IGNORED.format("x")) == []
    said(IGNORED.format("x"))
    main(["baseline"])
    assert said(IGNORED.format("x"), "--baseline", "pinlint-baseline.json") == []

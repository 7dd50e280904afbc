"""What a run says of what it does not show, and what to type next: both are true, and what is printed works when it is pasted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main

IMAGES = "".join(f"FROM app{number}:1\n" for number in range(6))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    root_at(tmp_path)

    def call(*arguments: str) -> str:
        main(list(arguments))
        return capsys.readouterr().out

    return call


def findings(run, *arguments: str) -> int:  # type: ignore[no-untyped-def]
    return sum(json.loads(run("--output-format", "json", *arguments))["summary"]["findings"].values())


HIDING = {
    "a baseline": (["--baseline", "known.json"], "", "not shown: 6 known findings in the baseline"),
    "a rule that is off": ([], 'ignore = ["PIN"]', "not shown: 6 of rules that are off (PIN003)"),
    "other rules alone": (["--select", "SRC"], "", "not shown: 6 of rules that are off (PIN003)"),
    "an entry": ([], '[[ignores]]\nartifact = "image:app*"\n', "not shown: 6 suppressed by comments or [[ignores]]"),
}


@pytest.mark.parametrize(("arguments", "configuration", "said"), HIDING.values(), ids=HIDING)
def test_what_is_hidden_is_said(run, tmp_path: Path, arguments: list[str], configuration: str, said: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(IMAGES)
    run("baseline", "--output-file", "known.json")
    (tmp_path / "pinlint.toml").write_text(configuration)
    assert " ".join(run(*arguments).split()) == f"1 file, 6 references, nothing else found; {said}."
    summary = json.loads(run("--output-format", "json", *arguments))["summary"]
    assert summary["suppressed"] + sum(summary["off"].values()) == 6
    (tmp_path / "b.Dockerfile").write_text("FROM b\nADD http://files.example/x /x\n")
    assert f"\nN{said[1:]}" in run(*arguments).replace("7 of rules", "6 of rules").replace("PIN001, PIN003", "PIN003")


def test_suppressed_findings_are_for_who_asks(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Code scanning opens an alert for each that it is handed, whatever `suppressions` say."""
    (tmp_path / "Dockerfile").write_text("# pinlint: ignore[PIN003] why\nFROM a:1\nFROM b:1\nFROM c:1\n")
    (tmp_path / "pinlint.toml").write_text('[[ignores]]\nartifact = "image:c"\n')
    run("baseline")
    known = ("--baseline", "pinlint-baseline.json")
    for output in ("sarif", "json"):
        told = json.loads(run("--output-format", output, *known))
        asked = json.loads(run("--output-format", output, "--include-suppressed", *known))
        if output == "sarif":
            assert told["runs"][0]["results"] == []
            assert [
                one["suppressions"][0]["kind"] for one in asked["runs"][0]["results"]
            ] == ["inSource", "external", "external"]  # fmt: skip
            assert "not shown: 1 known finding in the baseline, 2 suppressed" in json.dumps(told)
        else:
            assert told["findings"] == []
            assert [one["suppressed"]["kind"] for one in asked["findings"]] == ["inSource", "external", "external"]


CONFIGURATIONS = {
    "none": ("", ""),
    "another table": ("pinlint.toml", 'fail-on = "error"\n[hosts]\nnpm = ["registry.example"]\n'),
    "a table without it": ("pinlint.toml", '[require]\nnpm = "any"\n[hosts]\nnpm = ["registry.example"]\n'),
    "a table with it": (".pinlint.toml", '[require]\nimage = "digest"\n'),
    "keys that name their table": ("pinlint.toml", 'require.npm = "any"\n'),
    "pyproject": ("pyproject.toml", '[project]\nname = "a"\n[tool.pinlint]\nfail-on = "error"\n'),
    "pyproject with the table": ("pyproject.toml", '[tool.pinlint.require]\nnpm = "any"\n'),
    "a pattern that stays": ("pinlint.toml", '[require]\n"image:app1" = "digest"\n'),
    "an override that stays": ("pinlint.toml", '[[overrides]]\npaths = ["legacy"]\nrequire = {image = "digest"}\n'),
}


@pytest.mark.parametrize(("name", "text"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_the_line_that_is_offered_works_where_it_says_and_accepts_what_it_says(run, tmp_path: Path, name: str, text: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "legacy").mkdir()
    (tmp_path / "legacy/Dockerfile").write_text("FROM old:1\n")
    (tmp_path / "Dockerfile").write_text(f"{IMAGES}FROM node\nADD https://files.example/x /x\n")
    if name:
        (tmp_path / name).write_text(text)
    report = run()
    offered = re.search(r"^Or accept (\d+) of them (.*):\n((?:    .*\n)+)", report, re.MULTILINE)
    assert offered
    lines = offered[3].replace("    ", "")
    assert '"any"' not in report
    file = tmp_path / (name or "pinlint.toml")
    assert file.name in offered[2]
    assert file.exists() == ("a new file" not in offered[2])
    if below := re.search(r"below (\[.*\])", offered[2]):
        file.write_text(text.replace(below[1], f"{below[1]}\n{lines}"))
    elif "where" in offered[2] and "image =" in text:
        file.write_text(re.sub(r"image = .*\n", lines, text))
    else:
        file.write_text(f"{text}\n{lines}")
    assert findings(run) == 9 - int(offered[1])
    assert int(offered[1]) in (6, 7)


def test_an_owner_is_named_whom_one_may_trust_instead(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / ".github/workflows").mkdir(parents=True)
    steps = "".join(f"    - uses: actions/a{number}@v1\n" for number in range(5)) + "    - uses: other/b@v1\n"
    (tmp_path / ".github/workflows/ci.yml").write_text(f"on: push\njobs:\n  a:\n    steps:\n{steps}")
    [line] = re.findall(r'^    # or only: ("action:.*)$', run(), re.MULTILINE)
    (tmp_path / "pinlint.toml").write_text(f"[require]\n{line}\n")
    assert findings(run) == 1


def test_the_baseline_that_is_offered_is_about_the_same_findings(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Dockerfile").write_text(IMAGES)
    [(command, number)] = re.findall(r"`pinlint (baseline.*)` sets these (\d+) findings aside", run("a"))
    run(*command.split())
    assert (command, number) == ("baseline a", "6")
    assert (findings(run, "--baseline", "pinlint-baseline.json", "a"), findings(run, "b")) == (0, 6)

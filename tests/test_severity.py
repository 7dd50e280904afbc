"""What a team makes of the rules: other severities, a look behind the exceptions, settings of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.config import load
from pinlint.errors import PinlintError


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = tmp_path / "repository"
    folder.mkdir()
    root_at(folder)
    monkeypatch.chdir(folder)
    (folder / "Dockerfile").write_text("FROM a:1\n")

    def call(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


def unwrapped(text: str) -> str:
    return " ".join(text.split())


LEVELS = {
    "of a rule": ('[severity]\nPIN003 = "note"\n', "note"),
    "by its name": ('[severity]\nmissing-digest = "error"\n', "error"),
    "the longest prefix decides": ('[severity]\nPIN = "error"\nPIN003 = "note"\nPIN00 = "warning"\n', "note"),
    "of a path": ('[severity]\nPIN = "error"\n[[overrides]]\npaths = ["Dockerfile"]\nseverity = { PIN003 = "note" }\n', "note"),
    "of another path": ('[[overrides]]\npaths = ["*.Dockerfile"]\nseverity = { PIN003 = "note" }\n', "warning"),
    "of another rule": ('[severity]\nPIN001 = "note"\n', "warning"),
}


@pytest.mark.parametrize(("text", "level"), LEVELS.values(), ids=LEVELS)
def test_the_configuration_says_how_severe_a_finding_is(run, text: str, level: str) -> None:  # type: ignore[no-untyped-def]
    Path("pinlint.toml").write_text(text)
    code, out = run("--output-format", "json")
    [finding] = [one for one in json.loads(out)["findings"] if one["rule"] == "PIN003"]
    assert finding["severity"] == level
    assert json.loads(out)["summary"]["findings"][level] >= 1
    sarif = json.loads(run("--output-format", "sarif")[1])["runs"][0]
    assert [one["level"] for one in sarif["results"] if one["ruleId"] == "PIN003"] == [level]
    assert f"{level}[PIN003] missing-digest" in run()[1]
    assert f"\n{1 + ('*.' in text)} {level}" in run()[1]  # the override that no file fits is a warning, too
    if "overrides" not in text or level == "note":
        assert (code, run("--fail-on", "error")[0]) == ({"note": 0}.get(level, 1), int(level == "error"))


@pytest.mark.parametrize(
    ("text", "said"),
    [('[severity]\nPIN003 = "off"\n', "severity.PIN003 is 'off'"), ('[severity]\nPIN03 = "note"\n', "no rule is called 'PIN03'")],
)
def test_a_severity_that_there_is_not_is_refused(run, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    Path("pinlint.toml").write_text(text)
    code, out = run()
    assert (code, said in out) == (2, True)


def test_an_audit_sees_what_is_hidden(run) -> None:  # type: ignore[no-untyped-def]
    Path("Dockerfile").write_text(
        "# pinlint: ignore[PIN003] x\nFROM a:1\nFROM b:1\nFROM c\nFROM d\nADD https://files.example/x /\n"
    )
    Path("sub").mkdir()
    Path("sub/Dockerfile").write_text("FROM e:1\n# pinlint: ignore[PIN001]\nFROM d:1\n")
    hiding = (
        'ignore = ["PIN001"]\nselect = ["PIN"]\nbaseline = "known.json"\n[[ignores]]\nartifact = "image:b"\n'
        '[[overrides]]\npaths = ["sub"]\nignore = ["PIN003"]\n'
    )
    Path("pinlint.toml").write_text(hiding)
    run("baseline")
    assert run("--output-format", "concise") == (0, "")
    code, out = run("--output-format", "concise", "--no-ignores")
    rules = [line.split()[2] for line in out.splitlines()]
    assert (code, rules) == (1, ["PIN003", "PIN003", "PIN001", "PIN001", "SRC205", "PIN003", "PIN003"])
    assert [line.split()[2] for line in run("--no-ignores", "--ignore", "PIN", "--output-format", "concise")[1].splitlines()] == [
        "SRC205"
    ]
    assert run("--no-ignores", "--fix")[0] == 2
    assert Path("Dockerfile").read_text().count("@") == 0


def test_settings_of_the_user_hold_where_the_repository_has_none(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run()[0] == 1
    own = tmp_path / "home/pinlint"
    own.mkdir()
    (own / "pinlint.toml").write_text('baseline = "known.json"\n[require]\nimage = "tag"\n')
    code, out = run()
    assert (code, f"the settings are yours ({own}/pinlint.toml), as the repository has none" in unwrapped(out)) == (0, True)
    assert run("--isolated")[0] == 1
    Path("pinlint.toml").write_text("")
    assert (run()[0], "yours" in run()[1]) == (1, False)
    Path("pinlint.toml").unlink()
    (own / "pinlint.toml").write_text("image = 1\n")
    assert run()[0] == 2


def test_a_home_in_the_repository_has_no_settings(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """Some CI servers have it there, and anybody could put settings into it."""
    Path("home/pinlint").mkdir(parents=True)
    Path("home/pinlint/pinlint.toml").write_text('[require]\nimage = "tag"\n')
    for home in (str(Path("home").absolute()), "home"):
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        assert run()[0] == 1


def test_two_configurations_side_by_side_are_said(run) -> None:  # type: ignore[no-untyped-def]
    Path("pinlint.toml").write_text('[require]\nimage = "tag"\n')
    Path("pyproject.toml").write_text('[project]\nname = "pinlint"\n')
    assert "beside" not in run()[1]
    Path("pyproject.toml").write_text('[tool.pinlint]\nfail-on = "never"\n')
    assert "pinlint.toml counts, and pyproject.toml beside it is not read: keep one" in unwrapped(run()[1])
    Path(".pinlint.toml").write_text("")
    assert "and .pinlint.toml, pyproject.toml beside it is not read" in unwrapped(run()[1])
    assert "beside" not in run("--config", "pinlint.toml")[1]


def test_colour_can_be_chosen(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert ["\x1b[" in run(*words)[1] for words in ((), ("--color", "always"), ("--color", "never"))] == [False, True, False]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ["\x1b[" in run(*words)[1] for words in ((), ("--color", "auto"), ("--color", "never"))] == [True, True, False]
    monkeypatch.setenv("NO_COLOR", "1")
    assert ["\x1b[" in run(*words)[1] for words in ((), ("--color", "always"))] == [False, True]


def test_a_severity_is_part_of_a_policy(tmp_path: Path) -> None:
    (tmp_path / "pinlint.toml").write_text('[severity]\nPIN = "note"\n')
    assert load(str(tmp_path)).severity_of("PIN001") == "note"
    assert load(str(tmp_path)).severity_of("SRC201") == ""
    (tmp_path / "pinlint.toml").write_text("severity = 3\n")
    with pytest.raises(PinlintError, match="severity is no table"):
        load(str(tmp_path))

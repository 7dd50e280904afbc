"""What a registry says against a file is a finding of its own: in every report, at the place as it is by then, to be ignored as any
other; and nothing is written over old evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import Question
from pinlint.registries import Registries

DIGEST = "sha256:1f2e" + "0" * 60
NEW = "sha512-RxJUBnNGF63zwe3uKqF7fkGu+n/tASIHd4Gt18pPtgttD1qUBElEJSzLxNOf7qbRCRIAQn558eADS0k8avdP9w=="
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")

Run = Callable[..., tuple[int, str, str]]


def lock(*names: str) -> str:
    entries = {f"node_modules/{name}": {"version": "1.0.0", "integrity": "sha1-W4o6d2Xf97RdyZpXJbD9QFTnpJ8="} for name in names}
    return json.dumps({"lockfileVersion": 3, "packages": entries}, indent=2) + "\n"


def answer(_: object, question: Question) -> Pin | NoPin:
    if question.name == "evil":
        return NoPin("the registry disagrees with the lock: it has sha1-x, the lock sha1-y", rule=CONTRADICTED)
    return Pin(question.version, (NEW if question.kind == "npm" else DIGEST,), "")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Registries, "resolve", answer)
    root_at(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize("option", ["--fix", "--diff"])
@pytest.mark.parametrize("output", FORMATS)
def test_it_is_in_every_report_and_nothing_is_written(run: Run, tmp_path: Path, option: str, output: str) -> None:
    (tmp_path / "package-lock.json").write_text(lock("evil"))
    code, out, err = run(option, "--output-format", output, "--fail-on", "error")
    assert code == 1
    told = err if (option, output) == ("--diff", "text") else out
    assert "NET904" in told
    assert "ocked package evil 1.0.0: the registry disagrees with the lock" in " ".join(told.split())
    assert (tmp_path / "package-lock.json").read_text() == lock("evil")
    if output == "concise":
        assert out.splitlines()[0].startswith("package-lock.json:4:5: error: NET904 ")
        assert out.splitlines()[1].startswith("package-lock.json:4:5: warning: PIN004 locked")
    if output == "json":
        assert [one["rule"] for one in json.loads(out)["findings"]] == ["NET904", "PIN004"]
        assert json.loads(out)["summary"]["findings"]["error"] == 1


def test_it_stands_where_the_place_is_after_the_rest_was_mended(run: Run, tmp_path: Path) -> None:
    """In the lock lines are added above it, in the Dockerfile characters before it."""
    entries = json.loads(lock("a", "b", "evil"))
    del entries["packages"]["node_modules/a"]["integrity"], entries["packages"]["node_modules/b"]["integrity"]
    (tmp_path / "package-lock.json").write_text(json.dumps(entries, indent=2))
    host = "r.example"
    (tmp_path / "Dockerfile").write_text(f"FROM {host}/a:1\nFROM {host}/b:1\nFROM {host}/app:1@sha256:abcdef\n")
    before = run("--diff", "--output-format", "concise")[1]
    code, out, _ = run("--fix", "--output-format", "concise")
    assert code == 1
    places = [line.split(" ")[:3:2] for line in out.splitlines() if "NET904" in line or "PIN00" in line]
    assert places == [
        ["Dockerfile:3:20:", "NET904"], ["Dockerfile:3:20:", "PIN005"],
        ["package-lock.json:12:5:", "NET904"], ["package-lock.json:12:5:", "PIN004"],
    ]  # fmt: skip
    assert "package-lock.json:10:5: error: NET904" in before


def test_a_place_moves_with_what_was_written_before_it(run: Run, tmp_path: Path) -> None:
    """On one line, where only columns tell."""
    host = "r.example"
    text = f"FROM scratch\nRUN --mount=from={host}/a:1,target=/a --mount=from={host}/b:1@sha256:abcdef,target=/b x\n"
    (tmp_path / "Dockerfile").write_text(text)
    _, out, _ = run("--fix", "--output-format", "json")
    found = json.loads(out)["findings"]
    column = (tmp_path / "Dockerfile").read_text().splitlines()[1].index("1@sha256:abcdef") + 1
    assert [(one["rule"], one["line"], one["column"]) for one in found] == [("NET904", 2, column), ("PIN005", 2, column)]
    assert column > text.splitlines()[1].index("1@sha256:abcdef") + 60


def test_it_is_ignored_as_any_other_finding(run: Run, tmp_path: Path) -> None:
    broken = "FROM r.example/b:1@sha256:abcdef\n"
    (tmp_path / "Dockerfile").write_text(f"# pinlint: ignore[NET904] it was rebuilt\n{broken}")
    everything = ("--diff", "--output-format", "json", "--include-suppressed")
    code, out, _ = run(*everything)
    assert [(one["rule"], bool(one["suppressed"])) for one in json.loads(out)["findings"]] == [("NET904", True), ("PIN005", False)]
    assert json.loads(out)["findings"][0]["suppressed"] == {"kind": "inSource", "reason": "it was rebuilt"}
    assert code == 1
    assert "PIN900" not in run("--output-format", "concise")[1], "who never asks cannot know that nothing is ignored"
    (tmp_path / "Dockerfile").write_text(broken)
    (tmp_path / "pinlint.toml").write_text('[[ignores]]\nrule = "NET904"\nartifact = "image:r.example/*"\n')
    assert json.loads(run(*everything)[1])["findings"][0]["suppressed"]["kind"] == "external"
    (tmp_path / "pinlint.toml").write_text('ignore = ["NET"]\n')
    assert [one["rule"] for one in json.loads(run("--diff", "--output-format", "json")[1])["findings"]] == ["PIN005"]
    (tmp_path / "pinlint.toml").unlink()
    recorded = {"NET904 Dockerfile image:r.example/b 1@sha256:abcdef": 1, "PIN005 Dockerfile image:r.example/b 1@sha256:abcdef": 1}
    (tmp_path / "known.json").write_text(json.dumps({"pinlint-baseline": 1, "findings": recorded}))
    assert run("--diff", "--baseline", "known.json")[0] == 0


@pytest.mark.parametrize("codes", ["NET904", "NET", "PIN,NET904"])
@pytest.mark.parametrize("option", ["--select", "--extend-select"])
def test_a_run_without_a_network_cannot_be_asked_for_it(run: Run, tmp_path: Path, option: str, codes: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    code, out, err = run(option, codes)
    assert (code, out) == (2, "")
    assert "needs the network" in err
    assert "--fix" in err
    assert run("--ignore", codes)[0] == run("--select", "ALL")[0] == 0
    if codes.startswith("PIN"):
        assert run("--diff", option, codes)[0] == 0


@pytest.mark.parametrize(
    "arguments", [["--fix", "--select", "NET904"], ["--fix", "--fix-only", "NET904"], ["--diff", "--select", "NET"]]
)
def test_it_is_found_on_the_way_to_fixing_something_else(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "finds on its way" in err


def test_a_configuration_that_selects_nothing_else_checks_nothing_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\n")
    (tmp_path / "pinlint.toml").write_text('select = ["NET"]\n')
    assert run()[0] == 2
    (tmp_path / "pinlint.toml").write_text('select = ["PIN", "NET"]\n')
    assert run()[0] == 1


def test_the_report_names_the_rule_with_its_page(run: Run, tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text(lock("evil"))
    log: dict[str, Any] = json.loads(run("--diff", "--output-format", "sarif")[1])
    result = next(one for one in log["runs"][0]["results"] if one["ruleId"] == "NET904")
    assert result["level"] == "error"
    assert "fixes" not in result

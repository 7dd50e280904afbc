"""What programs are told of fixes: with --diff each finding of the JSON and SARIF reports carries the edits that --fix would make,
and whoever makes them gets the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from test_report_sarif import SCHEMA, WISHES, multitool
from trees import root_at

from pinlint.cli import main
from pinlint.pins import Pin
from pinlint.question import VERSION, Question
from pinlint.registries import Registries
from pinlint.report import json as json_report
from pinlint.text import Document

JSON_SCHEMA = json.loads(Path(json_report.__file__).with_name("json-v1.schema.json").read_text())
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- name: redis\n  version: ^1\n  repository: https://c.example\n"
ENTRIES = {name: {"version": "1.3.0", "resolved": f"https://registry.example/{name}/-/{name}-1.3.0.tgz"} for name in "ab"}
LOCK = {
    "name": "w", "lockfileVersion": 2, "dependencies": ENTRIES,
    "packages": {"": {}, **{f"node_modules/{name}": entry for name, entry in ENTRIES.items()}},
}  # fmt: skip
PINNED = "one==1.0 \\\n    --hash=sha256:" + "5f" * 32 + "\n"
LEGACY: dict[str, bytes] = {
    "Dockerfile": b"\xef\xbb\xbf# syntax=docker/dockerfile:1\r\nFROM python AS \xff\r\n\r\nCOPY --from=node:20 \xc3\xa9 /b",
    "a b/Dockerfile": "# \U0001f600\nRUN --mount=from=x/\N{LATIN SMALL LETTER E} true\nFROM ghcr.io/a/b:1\r".encode(),
    "package-lock.json": json.dumps(LOCK, indent="\t").encode(),
    "web/package-lock.json": json.dumps(LOCK).encode(),
    "requirements.txt": PINNED.encode() + b"-r base.txt\r\ntwo==2.0  # why\r\nthree==3.0",
    "base.txt": b"four==4.0\n",
    "dev-requirements.txt": b"loose>=1\nbare\nexact==1\n",
    "chart/Chart.yaml": CHART.encode(),
    "old/Chart.yaml": CHART.replace("^1", "1.2.3").encode(),
    "old/Chart.lock": b"dependencies:\r\n- name: redis\r\n  repository: https://c.example\r\n  version: 1.2.3\r\ndigest: sha256:"
    + b"0" * 64
    + b"  # stale\r\ngenerated: '2026-01-05T10:00:00Z'\r\n",
    "pom.xml": b"<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies><dependency>"
    b"<groupId>g</groupId><artifactId>h</artifactId><version> RELEASE\n</version></dependency></dependencies></project>",
}
Run = Callable[..., tuple[int, Any]]
Edit = tuple[str, int, int, int, int, str]


def answer(_: object, question: Question) -> Pin:
    kind, name = question.kind, question.name
    digest = hashlib.sha512(name.encode())
    digests = {
        "image": ("sha256:" + digest.hexdigest()[:64],), "npm": ("sha512-" + base64.b64encode(digest.digest()).decode(),),
        "pypi": ("sha256:" + digest.hexdigest()[:64], "sha256:" + digest.hexdigest()[64:]),
    }  # fmt: skip
    version = "1.2.3" if question.loose else question.version
    return Pin(version, () if question.wanted == VERSION else digests.get(kind, ()), "https://c.example")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    root_at(tmp_path / "repo")
    for name, data in LEGACY.items():
        (tmp_path / "repo" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "repo" / name).write_bytes(data)
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setattr(Registries, "resolve", answer)

    def call(*arguments: str) -> tuple[int, Any]:
        fixes = {"--fix", "--diff"} & {*arguments}
        code = main([*arguments, *(["--unsafe-fixes"] if fixes else [])])
        return code, json.loads(capsys.readouterr().out)

    return call


def edited(folder: Path, edits: set[Edit]) -> dict[str, bytes]:
    """The files with the edits made, by somebody who knows lines and columns and nothing else."""
    texts: dict[str, bytes] = {}
    for path in {edit[0] for edit in edits}:
        file = folder / path
        document = Document(path, file.read_bytes() if file.exists() else b"")
        text = document.text
        for _, line, column, end_line, end_column, new in sorted((one for one in edits if one[0] == path), reverse=True):
            start, end = document.line_starts[line - 1] + column - 1, document.line_starts[end_line - 1] + end_column - 1
            text = text[:start] + new + text[end:]
        texts[path] = document.encode(text)
    return texts


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_whoever_makes_the_edits_of_the_json_report_gets_what_fix_writes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinlint.fix.helm_locks.generated", lambda _: "2026-01-05T10:00:00Z")
    folder = tmp_path / "repo"
    before = contents(folder)
    code, report = run("--diff", "--output-format", "json")
    assert code == 1
    assert contents(folder) == before
    jsonschema.validate(report, JSON_SCHEMA)
    by_rule: dict[str, list[Any]] = {}
    for finding in report["findings"]:
        by_rule.setdefault(finding["rule"], []).append(finding["edits"])
    (whole,) = by_rule["PIN007"]
    assert {edit["path"] for edit in whole} == {"requirements.txt", "base.txt"}, "of a set all or nothing"
    (created,) = (edit for edits in by_rule["LCK101"] for edit in edits)
    assert (created["path"], created["creates"]) == ("chart/Chart.lock", True)
    assert [(one["rule"], one["path"], one["line"]) for one in report["findings"] if not one["edits"]] == []
    keys = ("path", "line", "column", "end_line", "end_column", "text")
    edits = {tuple(edit[key] for key in keys) for finding in report["findings"] for edit in finding["edits"]}
    made = edited(folder, edits)
    assert run("--fix", "--output-format", "json")[0] == 0
    after = contents(folder)
    assert made == {name: data for name, data in after.items() if before.get(name) != data}
    assert len(made) == len(LEGACY) - 1, "a chart and its lock make one"


def test_the_edits_of_the_sarif_report_are_the_same_and_valid(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    before = contents(folder)
    code, log = run("--diff", "--output-format", "sarif")
    assert code == 1
    SCHEMA.validate(log)
    edits: set[Edit] = set()
    for result in log["runs"][0]["results"]:
        for fix in result.get("fixes", ()):
            assert fix["description"]["text"]
            for change in fix["artifactChanges"]:
                path = os.fsdecode(unquote_to_bytes(change["artifactLocation"]["uri"]))
                for one in change["replacements"]:
                    region, text = one["deletedRegion"], one["insertedContent"]["text"]
                    place = tuple(region[key] for key in ("startLine", "startColumn", "endLine", "endColumn"))
                    edits.add((path, *place, text))
    made = edited(folder, edits)
    code, log = run("--fix", "--output-format", "sarif")
    assert not any("fixes" in result for result in log["runs"][0]["results"]), "what was fixed is gone"
    after = contents(folder)
    del after["chart/Chart.lock"]  # the standard has no words for a file that is not there yet
    assert made == {name: data for name, data in after.items() if before.get(name) != data}


def test_sarif_multitool_has_no_complaint_about_fixes(run: Run, tmp_path: Path) -> None:
    _, log = run("--diff", "--output-format", "sarif")
    assert sum("fixes" in result for result in log["runs"][0]["results"]) > 8
    said = multitool(tmp_path, log)
    said.pop("SARIF2005", None)
    assert set(said) <= WISHES
    broken = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    broken["deletedRegion"]["endLine"] = 0
    assert set(multitool(tmp_path / "repo", log)) - WISHES - {"SARIF2005"}, "it would have found something"


def test_a_run_that_did_not_ask_has_no_edits(run: Run) -> None:
    report = run("--output-format", "json")[1]
    assert {len(finding["edits"]) for finding in report["findings"]} == {0}


def test_several_roots_are_told_from_where_one_stands(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        root_at(tmp_path / name)
        (tmp_path / name / "Dockerfile").write_text("FROM python\n")
    monkeypatch.chdir(tmp_path)
    report = run("--diff", "--output-format", "json", "one", "two")[1]
    assert [(one["path"], one["edits"][0]["path"], one["edits"][0]["uri"]) for one in report["findings"]] == [
        ("one/Dockerfile",) * 3, ("two/Dockerfile",) * 3,
    ]  # fmt: skip

"""The formats of CI servers and editors: valid whatever a repository holds, and nothing of it breaks out of its place."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import example, given, settings
from report_runs import FLOATING, HOSTILE, IGNORED, MISSING, PAGES, RUNS, run_of, written

import pinlint.report
from pinlint.report import concise, github, gitlab, junit, step_summary
from pinlint.report import json as json_report
from pinlint.report.escapes import visible
from pinlint.report.run import Hidden

if TYPE_CHECKING:
    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

JSON_SCHEMA = json.loads((Path(pinlint.report.__file__).parent / "json-v1.schema.json").read_text())
JSON_V1 = jsonschema.Draft202012Validator(JSON_SCHEMA)
ORDINARY = run_of(MISSING, FLOATING, IGNORED, prefix=lambda path: f"../{path}")
PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI_PROJECT_DIR", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def reported(run: Run) -> list[Diagnostic]:
    return [found for found in run.diagnostics if not found.suppressed]


# Concise


def test_concise_lines_can_be_clicked() -> None:
    floating = "base image python: no tag, so every build may get another one"
    assert written(concise.write, ORDINARY).splitlines() == [
        "../web/package-lock.json:1204:5: warning: PIN003 locked package left-pad 1.3.0: no integrity hash",
        f"../services/api/Dockerfile:3:6: error: PIN001 [*] {floating} (python → python:latest@sha256:…)",
    ]


@given(RUNS)
@settings(max_examples=100, deadline=None)
@example(HOSTILE)
def test_concise_is_one_plain_line_a_finding(run: Run) -> None:
    text = written(concise.write, run)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(text.splitlines()) == len(reported(run))
    assert all(PLAIN.fullmatch(line) for line in lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\t", r"a\nb\r\t"),
        ("\x1b[31m\x07", r"\x1b[31m\x07"),
        ("\udcff", r"\xff"),
        ("\u202e\ud800", r"\u202e\ud800"),
        ("ü📌 %", "ü📌 %"),
    ],
)
def test_visible_text_shows_what_would_act(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_text_changes_exactly_the_characters_that_act_hide_or_that_xml_forbids() -> None:
    changed = {code for code in range(0x110000) if visible(chr(code)) != chr(code)}
    acting_or_hiding = {code for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cs", "Zl", "Zp", "Cf"}}
    assert changed == acting_or_hiding | {code for code in range(0x110000) if code & 0xFFFE == 0xFFFE}


# JSON


@given(RUNS)
@settings(max_examples=100, deadline=None)
@example(HOSTILE)
@example(ORDINARY)
@example(run_of())
def test_any_json_fits_its_schema_and_is_valid_unicode(run: Run) -> None:
    text = written(json_report.write, run)
    assert text.isascii()
    report = json.loads(text)
    json.dumps(report, ensure_ascii=False).encode("utf-8")
    JSON_V1.validate(report)
    assert len(report["findings"]) == len(run.diagnostics)
    assert sum(report["summary"]["findings"].values()) == len(run.reported())
    assert len({finding["fingerprint"] for finding in report["findings"]}) == len(run.diagnostics)


def test_the_json_schema_is_one_and_names_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)
    report = json.loads(written(json_report.write, ORDINARY))
    finding = JSON_SCHEMA["$defs"]["finding"]
    assert set(report) == set(JSON_SCHEMA["properties"])
    assert set(report["findings"][0]) == set(finding["properties"]) == set(finding["required"])
    with pytest.raises(jsonschema.ValidationError):
        JSON_V1.validate({**report, "findings": [{**report["findings"][0], "line": 0}]})


def test_json_says_what_was_found_and_what_was_suppressed() -> None:
    report = json.loads(written(json_report.write, ORDINARY._replace(hidden=Hidden(2, 1, {"PIN002": 4}))))
    assert report["tool"] == {"name": "pinlint", "version": "1.2.3"}
    assert report["notes"] == ["vendor/: excluded"]
    assert report["summary"] == {
        "files": 41, "references": 638, "verdicts": {"digest": 583, "floating": 1},
        "findings": {"error": 1, "warning": 1, "note": 0}, "suppressed": 3, "baseline": 2, "off": {"PIN002": 4},
    }  # fmt: skip
    first, _, ignored = report["findings"]
    expected = {
        "rule": "PIN003", "rule_name": "missing-digest", "severity": "warning", "path": "../web/package-lock.json", "line": 1204,
        "uri": "web/package-lock.json", "kind": "npm", "name": "left-pad", "version": "1.3.0", "pin": "version", "suppressed": None,
    }  # fmt: skip
    assert {key: first[key] for key in expected} == expected
    assert ignored["suppressed"] == {"kind": "inSource", "reason": "gone in May"}


def test_json_shows_an_undecodable_path_and_keeps_it_exact() -> None:
    (finding,) = json.loads(written(json_report.write, run_of(FLOATING._replace(path="a\udcff\n"))))["findings"]
    assert (finding["path"], finding["uri"]) == (r"a\xff\n", "a%FF%0A")


# GitHub


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in `text`, read as the runner reads them."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text)[:-1]:
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        plain = {
            key: value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
            for key, value in properties.items()
        }
        found.append((match[1], plain, match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")))
    return found


@given(RUNS)
@settings(max_examples=100, deadline=None)
@example(HOSTILE)
def test_any_github_command_reads_back_as_the_finding(run: Run) -> None:
    read = commands(written(github.write, run))
    levels = {"error": "error", "warning": "warning", "note": "notice"}
    expected = sorted(
        (levels[PAGES[one.rule].severity], visible(one.path), str(one.line), visible(one.message)) for one in reported(run)
    )
    assert sorted((level, properties["file"], properties["line"], message) for level, properties, message in read) == expected
    assert [level for level, _, _ in read] == sorted((level for level, _, _ in read), key=["error", "warning", "notice"].index)


def test_github_shows_errors_first_with_their_place() -> None:
    first, second = commands(written(github.write, ORDINARY))
    assert first == (
        "error",
        {
            "file": "services/api/Dockerfile", "line": "3", "endLine": "3", "col": "6", "endColumn": "12",
            "title": "PIN001 floating-version",
        },
        FLOATING.message,
    )  # fmt: skip
    assert second[0] == "warning"


def test_github_escapes_what_would_end_a_property_or_the_command() -> None:
    text = written(github.write, run_of(FLOATING._replace(path="a,line=9::b%0A\n", message="100%\n::error::x")))
    assert text.startswith("::error file=a%2Cline=9%3A%3Ab%250A\\n,line=3,")
    assert text.endswith("::100%25\\n::error::x\n")
    assert text.count("\n") == 1


def many(rule: str, count: int) -> list[Diagnostic]:
    return [FLOATING._replace(rule=rule, line=line, end_line=line) for line in range(1, count + 1)]


def levels_of(run: Run) -> dict[str, int]:
    counts: dict[str, int] = {}
    for level, _, _ in commands(written(github.write, run)):
        counts[level] = counts.get(level, 0) + 1
    return counts


def test_github_keeps_to_ten_a_level_and_says_how_many_more() -> None:
    run = run_of(*many("PIN003", 12), *many("PIN006", 10), *many("PIN001", 11))
    assert levels_of(run) == {"error": 10, "warning": 10, "notice": 10}
    last = commands(written(github.write, run))[-1]
    assert last[2] == "… 1 error, 2 warnings, 1 note more: --output-format concise lists them"
    assert levels_of(run_of(*many("PIN003", 10), *many("PIN006", 10))) == {"warning": 10, "notice": 10}


def test_github_appends_every_finding_to_the_step_summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    text = written(github.write, run_of(*many("PIN003", 30), FLOATING._replace(message="a|b\n`<img src=x>` [x](y) \udcff")))
    lines = summary.read_text().splitlines()
    assert lines[:2] == ["before", "### pinlint: 31 findings"]
    rows = [line for line in lines if line.startswith(("| error", "| warning"))]
    assert len(rows) == 31
    assert all(row.count("|") == 5 for row in rows)
    assert not re.search(r"[`<>\[\]]", rows[0])
    assert "the step summary lists them" in text


def test_github_step_summary_stays_under_its_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    written(github.write, run_of(*many("PIN003", 20_000)))
    assert 900_000 < summary.stat().st_size <= step_summary.SUMMARY_LIMIT
    shown = sum(line.startswith("| warning") for line in summary.read_text().splitlines())
    assert f"{20_000 - shown:,} more findings do not fit" in summary.read_text()


def test_github_without_a_writable_summary_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert "--output-format concise" in written(github.write, run_of(*many("PIN003", 11)))


# GitLab


@given(RUNS)
@settings(max_examples=100, deadline=None)
@example(HOSTILE)
def test_any_gitlab_report_has_the_documented_shape(run: Run) -> None:
    text = written(gitlab.write, run)
    assert text.isascii()
    entries: list[dict[str, Any]] = json.loads(text)
    json.dumps(entries, ensure_ascii=False).encode("utf-8")
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == len(reported(run))
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["description"].startswith(f"{entry['check_name']}: ")
        assert entry["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize(
    ("project", "path"),
    [("", "web/package-lock.json"), ("/src/shop", "web/package-lock.json"), ("/src", "shop/web/package-lock.json"),
     ("/elsewhere", "web/package-lock.json")],
)  # fmt: skip
def test_gitlab_paths_start_at_the_checkout(project: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", project)
    entry = json.loads(written(gitlab.write, ORDINARY))[0]
    assert entry["location"] == {"path": path, "lines": {"begin": 1204}}
    assert entry["description"] == "PIN003: locked package left-pad 1.3.0: no integrity hash"
    assert entry["severity"] == "minor"


def test_gitlab_fingerprints_survive_a_move_and_tell_repetitions_apart() -> None:
    def prints(*found: Diagnostic) -> list[str]:
        return [entry["fingerprint"] for entry in json.loads(written(gitlab.write, run_of(*found)))]

    moved = FLOATING._replace(line=30, end_line=30)
    assert prints(FLOATING) == prints(moved)
    assert len(set(prints(FLOATING, moved))) == 2


# JUnit


@given(RUNS)
@settings(max_examples=100, deadline=None)
@example(HOSTILE)
@example(run_of())
def test_any_junit_report_is_xml_whose_counts_are_right(run: Run) -> None:
    text = written(junit.write, run)
    assert text.isascii()
    root = ET.fromstring(text)
    cases = root.findall("testsuite/testcase")
    assert len(cases) == max(1, len(reported(run))) == int(root.attrib["tests"])
    for suite in (root, *root.findall("testsuite")):
        inside = suite.findall(".//testcase")
        assert int(suite.attrib["tests"]) == len(inside)
        assert int(suite.attrib["failures"]) == len(suite.findall(".//failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall(".//skipped"))
    for found, case in zip(reported(run), cases, strict=False):
        assert case.attrib["file"] == visible(found.path)
        assert case[0].attrib["message"] == visible(found.message)


def test_junit_groups_findings_by_file_and_does_not_fail_on_notes() -> None:
    note = MISSING._replace(rule="PIN006", line=1300)
    root = ET.fromstring(written(junit.write, ORDINARY._replace(diagnostics=[FLOATING, MISSING, note, IGNORED])))
    assert [suite.attrib["name"] for suite in root] == ["../services/api/Dockerfile", "../web/package-lock.json"]
    (failure,) = root[0].findall("testcase/failure")
    assert failure.text == f"../services/api/Dockerfile:3:6: PIN001 {FLOATING.message}"
    assert failure.attrib["type"] == "PIN001"
    assert (root.attrib["failures"], root.attrib["skipped"]) == ("2", "1")


def test_a_clean_junit_report_is_one_test_that_passed() -> None:
    (suite,) = ET.fromstring(written(junit.write, run_of()))
    (case,) = suite
    assert case.attrib["name"] == "638 references in 41 files"
    assert len(case) == 0

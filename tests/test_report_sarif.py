"""SARIF is valid under its schema and under GitHub's rules, and repeats none of the mistakes that other tools have shipped."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import example, given, settings
from report_runs import FLOATING, HOSTILE, IGNORED, MISSING, PAGES, RUNS, literal_hashes, run_of, written
from trees import root_at

from pinlint.cli import main
from pinlint.report import sarif
from pinlint.report.run import Hidden

if TYPE_CHECKING:
    from pinlint.report.run import Run

HERE = Path(__file__).parent
SCHEMA = jsonschema.Draft202012Validator(json.loads((HERE / "schemas" / "sarif-2.1.0.json").read_text()))
MULTITOOL = os.environ.get("PINLINT_SARIF_MULTITOOL") or next(
    map(str, HERE.parent.glob(".cache/oracles/npm/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool")), ""
)
#: What sarif-multitool would like and this report leaves out on purpose: message ids instead of text, the commit, an answer from
#: the schema's host, source snippets and their surroundings, rule names that are not the ones people write after "ignore".
WISHES = {"SARIF2002", "SARIF2003", "SARIF2006", "SARIF2010", "SARIF2011", "SARIF2012"}
ORDINARY = run_of(FLOATING, MISSING, IGNORED)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def log_of(run: Run) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(written(sarif.write, run))
    return log


def only_run(run: Run) -> dict[str, Any]:
    (one,) = log_of(run)["runs"]
    assert isinstance(one, dict)
    return one


@given(RUNS)
@settings(max_examples=60, deadline=None)
@example(HOSTILE)
@example(ORDINARY)
@example(run_of())
def test_any_run_is_valid_under_the_schema_and_githubs_table_of_required_properties(run: Run) -> None:
    text = written(sarif.write, run)
    assert text.isascii()
    log = json.loads(text)
    SCHEMA.validate(log)
    (one,) = log["runs"]
    assert_required_by_github(log, one)
    assert_no_known_mistake(run, one)


def assert_required_by_github(log: dict[str, Any], one: dict[str, Any]) -> None:
    """Every property that GitHub's documentation marks as required is there and not empty."""
    assert log["$schema"]
    assert log["version"] == "2.1.0"
    for rule in one["tool"]["driver"]["rules"]:
        for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"]):
            assert 0 < len(text) <= 1024
        assert rule["id"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["name"]) <= 255
    for result in one["results"]:
        assert result["message"]["text"]
        assert result["partialFingerprints"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert location["physicalLocation"]["artifactLocation"]["uri"]


def assert_no_known_mistake(run: Run, one: dict[str, Any]) -> None:
    rules = one["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    assert ids == sorted(set(run.pages)), "rules only for what was hit, twice, or in any order"
    assert one["columnKind"] == "unicodeCodePoints"
    assert one["originalUriBaseIds"]["%SRCROOT%"]["uri"].startswith("file:///")
    assert one["originalUriBaseIds"]["%SRCROOT%"]["uri"].endswith("/")
    assert one["automationDetails"]["id"].endswith("/")
    for rule in rules:
        score = rule["properties"]["security-severity"]
        assert isinstance(score, str)
        assert 0 < float(score) <= 10
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        assert "security" in rule["properties"]["tags"]
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    for result in one["results"]:
        assert result.get("kind", "fail") == "fail"
        assert result["level"] == PAGES[result["ruleId"]].severity
        assert ids[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", place["artifactLocation"]["uri"])
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert place["region"]["startLine"] == place["region"]["endLine"]
        assert place["region"]["startColumn"] <= place["region"]["endColumn"]
        assert "](" not in result["message"]["text"]
        for replacement in result.get("fixes", ()):
            assert isinstance(replacement["description"], dict)
            assert replacement["description"]["text"]
            for change in replacement["artifactChanges"]:
                assert change["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
                for region in (edit["deletedRegion"] for edit in change["replacements"]):
                    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
                    assert min(region.values()) >= 1
    own = [result["partialFingerprints"]["pinlint/v2"] for result in one["results"]]
    assert len(set(own)) == len(own) == len(run.diagnostics)


def test_a_clean_run_still_has_results_rules_and_an_invocation() -> None:
    one = only_run(run_of())
    assert one["results"] == []
    assert len(one["tool"]["driver"]["rules"]) == len(PAGES)
    notification = {"level": "note", "message": {"text": "vendor/: excluded"}}
    assert one["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": [notification]}]


def test_a_result_says_everything_a_viewer_needs() -> None:
    results = only_run(ORDINARY)["results"]
    assert [result["ruleId"] for result in results] == ["PIN001", "PIN003", "PIN003"]
    assert results[0]["message"]["text"] == "Base image python: no tag, so every build may get another one."
    assert results[0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "services/api/Dockerfile", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 6, "endLine": 3, "endColumn": 12},
    }
    assert results[0]["partialFingerprints"]["primaryLocationLineHash"] == "c129715d7a2bc9a3:1"
    assert "suppressions" not in results[1]
    assert results[2]["suppressions"] == [{"kind": "inSource", "justification": "gone in May"}]


def test_what_is_hidden_is_said_in_a_notification() -> None:
    one = only_run(ORDINARY._replace(hidden=Hidden(2, 1, {"PIN002": 4})))
    said = one["invocations"][0]["toolExecutionNotifications"][1]["message"]["text"]
    assert said == (
        "not shown: 2 known findings in the baseline, 1 suppressed by comments or [[ignores]], 4 of rules that are off (PIN002)"
    )


def test_the_same_run_is_written_the_same_way() -> None:
    pages = dict(reversed(PAGES.items()))
    assert written(sarif.write, ORDINARY) == written(sarif.write, ORDINARY._replace(pages=pages))


@pytest.mark.parametrize(
    ("path", "uri"), [("a b/ü:#?%.txt", "a%20b/%C3%BC%3A%23%3F%25.txt"), ("x\udcff\n", "x%FF%0A"), ("c:d", "c%3Ad")]
)
def test_a_path_is_a_relative_uri_that_leads_back_to_its_bytes(path: str, uri: str) -> None:
    one = only_run(run_of(FLOATING._replace(path=path)))
    assert one["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert unquote_to_bytes(uri) == os.fsencode(path)


@pytest.mark.parametrize(("lines", "end"), [((), 7), (("FROM python \\", "AS x"), 14)])
def test_a_region_over_several_lines_is_cut_to_the_first(lines: tuple[str, ...], end: int) -> None:
    region = only_run(run_of(FLOATING._replace(end_line=4, end_column=99, lines=lines)))["results"][0]["locations"][0]
    assert region["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 6, "endLine": 3, "endColumn": end}


@pytest.mark.parametrize(
    ("version", "key"), [("1.2.3", "semanticVersion"), ("1.2.3-rc.1+x", "semanticVersion"), ("1.2.3.dev4", "version")]
)
def test_semantic_version_only_where_it_is_one(version: str, key: str) -> None:
    driver = only_run(run_of(version=version))["tool"]["driver"]
    assert driver[key] == version
    assert ("semanticVersion" in driver) == (key == "semanticVersion")


def test_without_an_address_nothing_links() -> None:
    driver = only_run(run_of(home=""))["tool"]["driver"]
    assert "informationUri" not in driver
    assert not any("helpUri" in rule for rule in driver["rules"])
    linked = only_run(run_of())["tool"]["driver"]["rules"][0]["helpUri"].removeprefix("https://pinlint.example/")
    assert (HERE.parent / linked).is_file()


def test_more_results_than_github_takes_lose_the_mildest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULT_LIMIT", 5)
    mild = [MISSING._replace(path="a", line=line, end_line=line) for line in range(1, 7)]
    one = only_run(run_of(*mild, FLOATING, IGNORED))
    assert [result["level"] for result in one["results"]] == ["error", *["warning"] * 4]
    assert "3 of 8 findings are left out" in one["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def test_the_result_limit_is_githubs() -> None:
    one = only_run(run_of(*[MISSING] * 25_003))
    assert len(one["results"]) == 25_000
    assert "3 of 25003 findings are left out" in one["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def test_more_bytes_than_github_takes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "SIZE_LIMIT", 200_000)
    noise = random.Random(7)
    found = [MISSING._replace(message=noise.randbytes(900).hex(), line=line, end_line=line) for line in range(1, 1001)]
    text = written(sarif.write, run_of(*found, notes=[]))
    kept = len(json.loads(text)["runs"][0]["results"])
    assert 0 < kept < 1000
    assert 150_000 < len(gzip.compress(text.encode())) < 200_000 + 60_000  # the pages of the rules come to the results
    assert f"{1000 - kept} of 1000 findings are left out" in text


REPOSITORY = {
    "a b/Dockerfile": b"\xef\xbb\xbfFROM python\r\n\r\nFROM node:20\r\nFROM python\nFROM node:20\n",
    "requirements.txt": b"requests # caf\xe9\nflask==1\n",
    "package-lock.json": b'{"lockfileVersion": 3, "packages": {"node_modules/x": {"version": "1.0.0"}}}',
}


@pytest.fixture
def real_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the command itself writes about a small repository."""
    for name, data in REPOSITORY.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    root_at(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["--output-format", "sarif", "."]) == 1
    log: dict[str, Any] = json.loads(capsys.readouterr().out)
    return log


def test_the_commands_own_output_is_valid_and_its_hashes_are_those_of_the_upload_action(real_log: dict[str, Any]) -> None:
    SCHEMA.validate(real_log)
    (one,) = real_log["runs"]
    assert_required_by_github(real_log, one)
    assert len(one["results"]) == 6
    for result in one["results"]:
        place = result["locations"][0]["physicalLocation"]
        data = REPOSITORY[os.fsdecode(unquote_to_bytes(place["artifactLocation"]["uri"]))]
        as_uploaded = literal_hashes(data.decode("utf-8", "replace"))
        assert result["partialFingerprints"]["primaryLocationLineHash"] == as_uploaded[place["region"]["startLine"]]


def multitool(folder: Path, *logs: dict[str, Any]) -> dict[str, str]:
    """Rule and level of everything that sarif-multitool says about `logs`: it exits 0 whatever it finds."""
    if not os.access(MULTITOOL, os.X_OK):
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have sarif-multitool: .ci/oracles installs it, PINLINT_SARIF_MULTITOOL names another one")
        pytest.skip("sarif-multitool is not there: .ci/oracles installs it")
    for number, log in enumerate(logs):
        (folder / f"{number}.sarif").write_text(json.dumps(log))
    sources = [str(folder / f"{number}.sarif") for number in range(len(logs))]
    verdict = folder / "out.sarif"
    options = ["--rule-kind", "Sarif;Gh", "--level", "Error;Warning;Note", "--kind", "Fail;Review;Open", "--quiet"]
    offline = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    command = [MULTITOOL, "validate", *sources, "-o", str(verdict), *options]
    subprocess.run(command, check=True, env=offline, timeout=120, capture_output=True)
    (one,) = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"]
    assert one["invocations"][0]["executionSuccessful"]
    assert len({result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in one["results"]}) == len(logs)
    return {result["ruleId"]: result.get("level", "warning") for result in one["results"]}


def test_sarif_multitool_and_its_github_rules_find_nothing(real_log: dict[str, Any], tmp_path: Path) -> None:
    hostile = run_of(FLOATING._replace(path="a b/\udcff:\n", message="[x](y) {0} \x1b"), notes=["\x00"])
    said = multitool(tmp_path, real_log, log_of(ORDINARY), log_of(run_of()), log_of(hostile))
    said.pop("SARIF2005", None)  # the address of the project, which the command knows or not
    assert set(said) <= WISHES
    assert set(said.values()) <= {"note"}


def test_sarif_multitool_would_have_found_something(tmp_path: Path) -> None:
    log = log_of(ORDINARY)
    log["runs"][0]["results"][0]["locations"] = []
    log["runs"][0]["results"][1]["ruleIndex"] = 99
    said = multitool(tmp_path, log)
    assert said["GH1015"] == "error", "GitHub needs a location"
    assert said["SARIF1009"] == "error", "no such rule"

"""What `pinlint verify` promises of every rule, shown by every example of the rule pages: nothing is asked twice, nothing for a
rule that is not wanted, no more than allowed; a record answers as they did who were asked; every format has what was found."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from audits import CASES, Audit, Seen, audited, named
from test_rules import Example
from test_verify_hostile import unlike

from pinlint.report import progress
from pinlint.rulebook import codes
from pinlint.verify.audit import CHECKS
from pinlint.verify.evidence import UNKNOWN

RULES = [code for code in codes() if code.startswith("NET")]
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "html")


class Bench:
    """Runs of one example after another in one place."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def run(self, example: Example, *options: str, nobody: bool = False) -> Audit:
        server = Seen(example, (lambda request: pytest.fail(f"{request.url} is asked for")) if nobody else lambda _: None)
        return audited(example, server, self.folder, self._monkeypatch, self._capsys, options)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("example", CASES, ids=named)
def test_nothing_is_asked_twice(example: Example, bench: Bench) -> None:
    asked = bench.run(example).asked
    assert [one for one, times in asked.items() if times > 1] == []
    assert asked


@pytest.mark.parametrize("example", CASES, ids=named)
def test_a_record_says_what_they_said_who_were_asked(example: Example, bench: Bench) -> None:
    online = bench.run(example, "--save-resolutions", "../record.json", "--quiet")
    first = (bench.folder / "record.json").read_bytes()
    again = bench.run(example, "--resolutions", "../record.json", "--save-resolutions", "../again.json", "--quiet", nobody=True)
    assert again[:4] == online[:4]
    assert (bench.folder / "again.json").read_bytes() == first


@pytest.mark.parametrize("example", CASES, ids=named)
def test_nothing_is_asked_for_a_rule_that_is_not_wanted(example: Example, bench: Bench) -> None:
    everything = bench.run(example)
    told = {one.rule for one in everything.said}
    number = CASES.index(example)
    for rule in dict.fromkeys((example.page.name[:6], RULES[number % len(RULES)], RULES[(number + 5) % len(RULES)])):
        alone, without = bench.run(example, "--select", rule), bench.run(example, "--ignore", rule)
        concerned = {check for check, rules in CHECKS.items() if rule in rules}
        assert alone.checks == everything.checks & concerned
        assert alone.asked.keys() <= everything.asked.keys()
        assert bool(alone.asked) == bool(alone.checks)
        assert without.checks == {one for one in everything.checks if set(CHECKS[one]) - {rule}}
        assert without.asked.keys() <= everything.asked.keys()
        assert [one for one in alone.said if one.rule == rule] == [one for one in everything.said if one.rule == rule]
        assert {one.rule for one in without.said} == told - {rule}


@pytest.mark.parametrize("example", CASES, ids=named)
def test_no_more_is_asked_than_is_allowed(example: Example, bench: Bench) -> None:
    """Whatever is left out could not be checked; with exactly as many as it takes everything can."""
    everything = bench.run(example)
    needed = everything.asked.total()
    assert bench.run(example, "--max-requests", str(needed)).said == everything.said
    for most in {1, needed // 2, needed - 1} - {0, needed}:
        found = bench.run(example, "--max-requests", str(most))
        assert found.asked.total() == most
        assert unlike(everything.said, found.said) == []
        left = [one.message for one in found.said if one.state == UNKNOWN]
        details = [one[:4] for one in found.said] == [one[:4] for one in everything.said]  # as when both images were made
        assert details or any(f"the {most} requests of --max-requests were sent" in one for one in left)
        assert f"{most} request" in " ".join(found.err.split())


@pytest.mark.parametrize("example", CASES, ids=named)
def test_every_format_has_what_was_found_and_the_same_exit_code(example: Example, bench: Bench) -> None:
    online = bench.run(example, "--save-resolutions", "../record.json", "--quiet")
    rules = {line.split(": ")[2].split()[0] for line in online.out.splitlines()}
    for number in range(2):
        name = FORMATS[(CASES.index(example) * 2 + number) % len(FORMATS)]
        found = bench.run(example, "--resolutions", "../record.json", "--output-format", name, nobody=True)
        assert found.code == online.code, name
        assert all(rule in found.out for rule in rules), name
        if name in ("json", "sarif", "gitlab"):
            json.loads(found.out)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("options", "environment", "shown"),
    [
        ((), {}, True),
        (("--no-progress",), {}, False),
        (("--quiet",), {}, False),
        ((), {"CI": "true"}, False),
        ((), {"TERM": "dumb"}, False),
    ],
    ids=["terminal", "not wanted", "quiet", "a CI server", "a dumb terminal"],
)
def test_progress_is_shown_on_a_terminal_alone(
    options: tuple[str, ...], environment: dict[str, str], shown: bool, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(progress, "_PAUSE", -1.0)
    example = CASES[0]
    assert "\r" not in bench.run(example, *options).err
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    out = bench.run(example, *options).out
    assert ("\r\x1b[K" in terminal.getvalue()) == shown
    assert "\r" not in out

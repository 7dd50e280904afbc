"""What a run says it saw, compared with what there was to see: a fast wrong answer is no answer.

Knows the outputs of pinlint and of the programs it is compared to; must not know what is measured.
"""

from __future__ import annotations

import json
import re

from measure import Check, Wrong
from samples import Holds

__all__ = [
    "in_batches", "in_batches_of_zizmor", "in_json", "in_json_at_least", "in_sarif", "in_text", "inspected_by_hadolint",
    "nothing_to_check", "pleases_zizmor", "references",
]  # fmt: skip

_SUMMARY = re.compile(r"^([\d,]+) files?, ([\d,]+) references?", re.MULTILINE)
_OF_ZIZMOR = re.compile(r"^(\d+) findings? |^No findings to report", re.MULTILINE)
_FINDINGS = re.compile(r"^(?:[\d,]+ (?:error|warning|note)s?(?:, |(?=;)))+", re.MULTILINE)


def in_text(expected: Holds) -> Check:
    """The check of a run in the text format: the numbers of its summary."""

    def check(output: str) -> str:
        summary = _SUMMARY.search(output)
        if summary is None:
            raise Wrong(f"no summary in {output[-300:]!r}")
        findings = _FINDINGS.search(output)
        found = sum(map(_number, re.findall(r"[\d,]*\d", findings[0]))) if findings else 0
        return _compared(Holds(_number(summary[1]), _number(summary[2]), found), expected)

    return check


def in_json(expected: Holds) -> Check:
    """The check of a run in the JSON format: its summary, and that as many findings are listed."""

    def check(output: str) -> str:
        report = json.loads(output)
        return _compared(Holds(report["summary"]["files"], report["summary"]["references"], len(report["findings"])), expected)

    return check


def in_json_at_least(expected: Holds) -> Check:
    """The check of a run in the JSON format over files that nobody has counted."""

    def check(output: str) -> str:
        report = json.loads(output)
        seen = Holds(report["summary"]["files"], report["summary"]["references"], len(report["findings"]))
        if any(there < wanted for there, wanted in zip(seen, expected, strict=True)):
            raise Wrong(f"it saw {seen}, less than {expected}")
        return _compared(seen, seen)

    return check


def in_batches(least: Holds) -> Check:
    """The check of several runs in the text format over files that nobody has counted, but for how many they are."""

    def check(output: str) -> str:
        summaries = _SUMMARY.findall(output)
        files, named = (sum(map(_number, numbers)) for numbers in zip(*summaries, strict=True)) if summaries else (0, 0)
        found = sum(_number(number) for line in _FINDINGS.findall(output) for number in re.findall(r"[\d,]*\d", line))
        seen = Holds(files, named, found)
        if any(there < wanted for there, wanted in zip(seen, least, strict=True)):
            raise Wrong(f"it saw {seen}, less than {least}")
        return _compared(seen, seen)

    return check


def in_batches_of_zizmor(output: str) -> str:
    """The check of several runs of zizmor: that each says how many findings there are."""
    ends = list(_OF_ZIZMOR.finditer(output))
    if not ends:
        raise Wrong(f"zizmor said {output[-300:]!r}")
    return f"{sum(int(end[1] or 0) for end in ends):,} findings in {len(ends)} runs"


def references(expected: Holds) -> Check:
    """The check of a run in the JSON format that may also count files in which there is nothing to see."""

    def check(output: str) -> str:
        report = json.loads(output)
        seen = Holds(report["summary"]["files"], report["summary"]["references"], len(report["findings"]))
        if seen[1:] != expected[1:] or seen.files < expected.files:
            raise Wrong(f"it saw {seen} instead of {expected}")
        return _compared(seen, seen)

    return check


def in_sarif(expected: Holds) -> Check:
    """The check of a run in the SARIF format: the number of its results."""

    def check(output: str) -> str:
        results = output.count('"ruleId"')
        if results != expected.findings:
            raise Wrong(f"{results} results instead of {expected.findings}")
        return f"{results:,} findings"

    return check


def nothing_to_check(output: str) -> str:
    """The check of a run that met no file of a kind it reads."""
    if "nothing to check" not in output:
        raise Wrong(f"it should have found nothing to check, and said {output[:300]!r}")
    return "nothing to check"


def pleases_zizmor(output: str) -> str:
    """The check of zizmor on a workflow in which nothing is wrong."""
    if "No findings to report" not in output:
        raise Wrong(f"zizmor said {output[:300]!r}")
    return "no findings"


def inspected_by_hadolint(files: int) -> Check:
    """The check of hadolint on files most of which have something it minds."""

    def check(output: str) -> str:
        inspected = {row["file"] for row in json.loads(output)}
        if len(inspected) < files / 2:
            raise Wrong(f"hadolint spoke of {len(inspected)} of {files} files")
        return f"{len(inspected)} files"

    return check


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _compared(seen: Holds, expected: Holds) -> str:
    if seen != expected:
        raise Wrong(f"it saw {seen} instead of {expected}")
    return f"{seen.files:,} file{'s' * (seen.files != 1)}, {seen.references:,} references, {seen.findings:,} findings"

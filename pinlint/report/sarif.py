"""SARIF 2.1.0 for code scanning: one run, everything that the standard demands and that GitHub shows.

Must not know how a finding came about. Sources: OASIS SARIF 2.1.0; GitHub documentation, "SARIF support for code scanning".
"""

from __future__ import annotations

import os
import re
import zlib
from json import JSONEncoder
from typing import TYPE_CHECKING

from pinlint.fingerprint import numbered
from pinlint.report.escapes import clipped, in_json, sayable, uri, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from pinlint.model import Diagnostic, Remedy
    from pinlint.report.run import RulePage, Run

__all__ = ["RESULT_LIMIT", "SIZE_LIMIT", "write"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: GitHub refuses an upload with more results, or with more bytes after compression (10 MB, of which the rules need a little).
RESULT_LIMIT = 25_000
SIZE_LIMIT = 9_500_000
_DESCRIPTION_LIMIT = 1024
_MESSAGE_LIMIT = 2000
_SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")

_JSON = JSONEncoder(separators=(",", ":"))


def _encode(value: object) -> str:
    return in_json(_JSON.encode(value))


def write(run: Run, out: TextIO) -> None:
    """The worst findings come first, so that what GitHub would not take is left out from the mildest on; a notification says it.
    Suppressed findings, where they are asked for, come last: code scanning shows them as open alerts (codeql-action issue 1230).
    """
    left_out: list[str] = []
    rules = sorted(run.pages)
    out.write(f'{{"$schema":{_encode(_SCHEMA)},"version":"2.1.0","runs":[{{\n"tool":{_encode(_tool(run, rules))},\n')
    out.write('"automationDetails":{"id":"pinlint/"},"columnKind":"unicodeCodePoints",\n')
    root = f"{run.root}/" if "://" in run.root else f"file://{uri(run.root.replace(os.sep, '/').rstrip('/'))}/"
    out.write(f'"originalUriBaseIds":{{"%SRCROOT%":{{"uri":{_encode(root)}}}}},\n"results":[')
    separator = "\n"
    for result in _results(run, rules, left_out):
        out.write(separator)
        out.write(result)
        separator = ",\n"
    notifications = [
        {"level": "note", "message": {"text": visible(note) or "-"}} for note in (*run.notes, *run.hidden.said(), *left_out)
    ]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications, **_switched_on(run, rules)}
    out.write(f'],\n"invocations":[{_encode(invocation)}]}}]}}\n')


def _tool(run: Run, rules: list[str]) -> dict[str, object]:
    key = "semanticVersion" if _SEMANTIC_VERSION.fullmatch(run.version) else "version"
    driver: dict[str, object] = {"name": "pinlint", key: run.version}
    if run.home:
        driver["informationUri"] = run.home
    driver["rules"] = [_rule(run.pages[code], run.home) for code in rules]
    return {"driver": driver}


def _rule(page: RulePage, home: str) -> dict[str, object]:
    title = clipped(page.title, _DESCRIPTION_LIMIT) or page.name
    rule: dict[str, object] = {
        "id": page.id,
        "name": page.name[:255],
        "shortDescription": {"text": title},
        "fullDescription": {"text": clipped(page.summary, _DESCRIPTION_LIMIT) or title},
        "help": {"text": page.body or title, "markdown": page.body or title},
        "defaultConfiguration": {"level": page.severity, **({"enabled": False} if page.default == "off" else {})},
        "properties": {
            "tags": sorted({"security", *page.tags})[:10],
            "precision": page.precision,
            "security-severity": page.security_severity,
        },
    }
    if home:
        rule["helpUri"] = f"{home}rules/{page.id}-{page.name}.md"
    return rule


def _switched_on(run: Run, rules: list[str]) -> dict[str, object]:
    """The rules that this run has switched on although they are off by default."""
    overrides = [
        {"descriptor": {"id": code, "index": index}, "configuration": {"enabled": True, "level": run.pages[code].severity}}
        for index, code in enumerate(rules)
        if code in run.switched_on
    ]
    return {"ruleConfigurationOverrides": overrides} if overrides else {}


def _results(run: Run, rules: list[str], left_out: list[str]) -> Iterator[str]:
    """Every result that fits, as JSON; says in `left_out` what did not."""
    index = {code: place for place, code in enumerate(rules)}
    pairs = sorted(numbered(run.diagnostics), key=lambda pair: (pair[0].suppressed != "", run.rank(pair[0])))
    written, size = 0, _CompressedSize()
    for found, fingerprint in pairs[:RESULT_LIMIT]:
        result = _encode(_result(run, found, index[found.rule], fingerprint))
        if size.after(result) > SIZE_LIMIT:
            break
        written += 1
        yield result
    if written < len(pairs):
        rest = f"{len(pairs) - written} of {len(pairs)} findings are left out, the mildest first"
        left_out.append(f"{rest}: GitHub takes {RESULT_LIMIT} results and 10 MB.")


def _result(run: Run, found: Diagnostic, index: int, fingerprint: str) -> dict[str, object]:
    fingerprints = {"pinlint/v2": visible(fingerprint)}
    if found.hash:
        fingerprints["primaryLocationLineHash"] = found.hash
    result: dict[str, object] = {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": run.severity(found),
        "message": {"text": _message(found)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(found.path), "uriBaseId": "%SRCROOT%"},
                    "region": _region(found),
                }
            }
        ],
        "partialFingerprints": fingerprints,
    }
    if found.remedy and (fix := _fix(found.remedy)):
        result["fixes"] = [fix]
    if found.suppressed:
        suppression = {"kind": "inSource" if found.suppressed == "inSource" else "external"}
        if found.reason:
            suppression["justification"] = visible(found.reason)
        result["suppressions"] = [suppression]
    return result


def _fix(remedy: Remedy) -> dict[str, object]:
    """One fix, file by file; none where a file would have to be made, for which the standard has no words, or where one holds what
    cannot be said."""
    files: dict[str, list[dict[str, object]]] = {}
    for one in remedy.replacements:
        if one.creates or not sayable(one.text):
            return {}
        region = {"startLine": one.line, "startColumn": one.column, "endLine": one.end_line, "endColumn": one.end_column}
        replacement: dict[str, object] = {"deletedRegion": region}
        if one.text:
            replacement["insertedContent"] = {"text": one.text}
        files.setdefault(one.path, []).append(replacement)
    changes = [
        {"artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"}, "replacements": made} for path, made in files.items()
    ]
    description = clipped(visible(remedy.description), _MESSAGE_LIMIT) or "Fix"
    return {"description": {"text": description}, "artifactChanges": changes} if changes else {}


def _message(found: Diagnostic) -> str:
    """A sentence, as viewers put it among others; never empty, and without what one would take for a link: names come from whoever
    wrote the file. Only the noun that it begins with may have a capital, which the name of a file or command does not get."""
    said = clipped(visible(found.message), _MESSAGE_LIMIT).replace("](", "] (") or found.rule
    if found.role and said.startswith(f"{found.role} "):
        said = said[0].upper() + said[1:]
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def _region(found: Diagnostic) -> dict[str, int]:
    """On one line: a pull request shows an alert only if every line of its region is in the diff."""
    end = found.end_column
    if found.end_line > found.line:
        end = len(found.lines[0]) + 1 if found.lines else found.column + 1
    return {"startLine": found.line, "startColumn": found.column, "endLine": found.line, "endColumn": max(end, found.column)}


class _CompressedSize:
    """An upper estimate of what the results take after compression; a better level only makes it smaller."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(1)
        self._size = 0
        self._pending = 0

    def after(self, result: str) -> int:
        """Bytes with `result` added, what the compressor still holds back counted as it is."""
        done = len(self._compressor.compress(result.encode("ascii")))
        self._size += done
        self._pending = 0 if done else self._pending + len(result)
        return self._size + self._pending

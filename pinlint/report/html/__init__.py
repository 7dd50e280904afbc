"""The run as one HTML page that needs nothing else: no address, no other file, no network.

What the repository holds is text in it, and never markup or code: the template escapes, the findings are JSON that the page's own
script, the only one that may run, puts in as text. Written with Jinja and markdown-it, an extra.
"""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TextIO

from pinlint.report.components import created
from pinlint.report.escapes import in_json, masked, visible
from pinlint.report.extras import needing
from pinlint.report.pages import caption
from pinlint.report.run import SEVERITIES
from pinlint.rulebook import page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["explained", "rendered", "write"]

#: Folders that have a bar of their own.
_FOLDERS = 20
#: Verdicts that bars show, the firmest first.
SHOWN = ("digest", "weak-digest", "version", "tag", "range", "floating", "unknown")


def write(run: Run, out: TextIO) -> None:
    """The page of a run. Raises PinlintError without the libraries that it needs."""
    with needing("html", "--output-format html"):
        import markdown_it as _  # noqa: F401 - `rendered` reads with it

    part = files("pinlint.report.html")
    script = part.joinpath("script.js").read_text("utf-8")
    template = environment("--output-format html").from_string(part.joinpath("page.html").read_text("utf-8"))
    reported = run.worst_first()
    out.writelines(
        template.generate(
            run=run,
            title=visible(run.root.rstrip("/").rpartition("/")[2] or run.root),
            made=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(created())),
            severities=[(level, count) for level in SEVERITIES if (count := _level(reported, run, level))],
            suppressed=len(run.diagnostics) - len(reported),
            kinds=bars((kind, verdict, count) for kind, _, verdict, count in run.pins),
            folders=bars((visible(folder) or ".", verdict, count) for _, folder, verdict, count in run.pins)[:_FOLDERS],
            verdicts=[verdict for verdict in SHOWN if run.counts.get(verdict)],
            first=_first(run, reported),
            pages=[(page, rendered(page.body)) for page in _broken(run, reported)],
            notes=[visible(note) for note in run.notes],
            data=_data(run, reported),
            style=part.joinpath("style.css").read_text("utf-8"),
            script=script,
            script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
        )
    )


def explained(wanted: Iterable[str], out: TextIO) -> None:
    """The pages of some rules as one page. Raises PinlintError for an unknown code, and without the libraries that it needs."""
    with needing("html", "explain --html"):
        import markdown_it as _  # noqa: F401 - `rendered` reads with it
        from jinja2 import Environment, StrictUndefined

    part = files("pinlint.report.html")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        part.joinpath("rules.html").read_text("utf-8")
    )
    pages = dict.fromkeys(page(code) for code in wanted)
    shown = [(one, rendered(one.body)) for one in pages]
    out.writelines(template.generate(pages=shown, style=part.joinpath("style.css").read_text("utf-8")))


def environment(what: str) -> Environment:
    """What makes pages of templates: it escapes all that is put in. Raises PinlintError where `what` lacks the library."""
    with needing("html", what):
        from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _level(reported: list[Diagnostic], run: Run, level: str) -> int:
    return sum(run.severity(one) == level for one in reported)


def bars(counts: Iterable[tuple[str, str, int]]) -> list[tuple[str, int, list[tuple[str, int, float]]]]:
    """(what, references, [(verdict, references, per cent)]) for each thing that is asked from outside, the largest first."""
    found: dict[str, Counter[str]] = {}
    for name, verdict, count in counts:
        if verdict in SHOWN:
            found.setdefault(name, Counter())[verdict] += count
    bars = [
        (name, some.total(), [(one, some[one], 100 * some[one] / some.total()) for one in SHOWN if some[one]])
        for name, some in found.items()
    ]
    return sorted(bars, key=lambda bar: (-bar[1], bar[0]))


def _broken(run: Run, reported: list[Diagnostic]) -> list[Any]:
    """The pages of the rules that were broken, the worst first."""
    codes = dict.fromkeys(one.rule for one in reported)
    return [run.pages[code] for code in sorted(codes, key=lambda code: (SEVERITIES.index(run.pages[code].severity), code))]


def _first(run: Run, reported: list[Diagnostic]) -> list[dict[str, Any]]:
    """What to do first: the rules by severity and by how much of them `--fix` mends."""
    counts, fixable = Counter(one.rule for one in reported), Counter(one.rule for one in reported if one.fixable)
    places = {rule: len({one.path for one in reported if one.rule == rule}) for rule in counts}
    listed = [
        {
            "page": run.pages[rule], "count": count, "fixable": fixable[rule], "files": places[rule],
            "decision": run.decisions.get(rule),
        }
        for rule, count in counts.items()
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (SEVERITIES.index(one["page"].severity), -one["fixable"], -one["count"]))


def _data(run: Run, reported: list[Diagnostic]) -> str:
    """The findings as JSON: rules, and one list a finding in the order in which the script takes them apart."""
    rules = {page.id: [page.name, page.severity] for page in _broken(run, reported)}
    findings = [
        [
            one.rule, visible(run.prefix(one.path)), one.line, one.column, visible(one.message), one.kind, visible(one.name),
            int(one.fixable), *_excerpt(one),
        ]
        for one in reported
    ]  # fmt: skip
    text = in_json(json.dumps({"rules": rules, "findings": findings}, separators=(",", ":")))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _excerpt(one: Diagnostic) -> tuple[str, int, int]:
    """(the source line, where the finding begins and ends in it), in which no password stands; nothing where there is none."""
    if not one.lines or one.column > len(one.lines[0]):
        return "", 0, 0
    start, end = one.column - 1, one.end_column - 1 if one.end_line == one.line else len(one.lines[0])
    shown = masked(one.lines[0], start, end)
    return "".join(char if char.isprintable() else "\ufffd" for char in shown), start, max(start, min(end, len(shown)))


def rendered(markdown: str) -> str:
    """A rule's page as HTML without its title; of links the text stays, for the page holds no address. Raises ModuleNotFoundError
    without the library that it needs."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "autolink", "image"])
    made = str(reader.render(_captioned(_unlinked(markdown.partition("\n")[2]))))
    return made.replace("<pre>", '<pre tabindex="0">')  # what scrolls has to be reached by key


def _captioned(markdown: str) -> str:
    """Above each example what it is an example of, which else only its opening says."""
    lines = ((f"{said}\n\n" if (said := caption(line)) else "") + line for line in markdown.split("\n"))
    return "\n".join(lines)


def _unlinked(markdown: str) -> str:
    import re

    return re.sub(r"\[([^\]\n]+)\]\([^)\s]*\)", r"\1", markdown)

"""From one file to its findings. Pure: what it needs of other files it asks the tree for, and it cannot reach a network.

Knows the order of the work (read, reduce to references, judge, suppress, locate); must not know formats, rules or reports.
"""

import sys
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint import budget
from pinlint.checks import MANIFEST_FACTS, MANIFEST_RULES, MILD, ONLINE, SAID_BY, is_beyond_releases, judge, judge_fact, judge_host
from pinlint.config import Policy, compared
from pinlint.formats import BY_CONTENT, Format, kinds
from pinlint.model import Diagnostic, Fact, Finding, KeyPath, Place, Reference, Script, Span
from pinlint.text import Document, Unparsable
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pinlint.suppress import Exceptions

__all__ = ["REPORT_IT", "Checked", "Reading", "broken", "check", "included", "placed", "read", "spans", "stream", "unread"]

#: What one file may ask for, and characters that make one more: a finding takes twenty times the work of a step.
_ITEMS, _CHARACTERS_PER_ITEM = 30_000, 200
#: Findings of one file that keep their source lines: many more than a report shows, far fewer than a lock may have.
_WITH_LINES = 500


_SAYING = frozenset(SAID_BY.values())
_SUFFIXES = tuple(pattern.removeprefix("*") for pattern in BY_CONTENT.patterns)


#: What to do about a mistake of pinlint's own; it has no public address yet.
REPORT_IT = "tell those who gave you pinlint, with this line and, if it is no secret, the file; until then it can be excluded"


class Checked(NamedTuple):
    """What became of one file, read as the format of this name. `verdicts` counts its references; `skipped` says why it was not
    judged ("" = it was), `absent` why it is no file, or none any more, so that nothing could show its kind; `off` counts by rule
    what rules that are off would have said."""

    path: str
    format: str
    verdicts: dict[str, int]
    diagnostics: list[Diagnostic]
    skipped: str = ""
    absent: str = ""
    off: dict[str, int] = {}  # noqa: RUF012 - never changed in place


def stream(document: Document, format_: Format, tree: Tree) -> Iterator[Reference | Fact]:
    """The references and facts of a document, in order; of a file that is of several kinds, kind by kind. What is not of the kind
    that its name says (`web-values.yaml` with a manifest in it) may be of those that its content shows."""
    for one in kinds(format_, document.data):
        items = _items(one, document, tree)
        first = next(items, None)
        if isinstance(first, Fact) and first.kind == "foreign" and document.path.endswith(_SUFFIXES):
            shown: list[Reference | Fact] = [item for item in stream(document, BY_CONTENT, tree) if isinstance(item, Reference)]
            yield from shown or [first]
        elif first is not None:
            yield first
            yield from items


@cache
def _reader(name: str) -> Any:
    """The module that reads a format; import_module takes its time to say what it has said before."""
    return import_module(f"pinlint.formats.{name}")


def _items(format_: Format, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What a format reads from a document; the fact that it cannot be read, or that it takes too much work, ends it."""
    budget.begin(len(document.text))
    try:
        items = _fetched(_reader(format_.name).references(document, tree), document, tree)
        most = _ITEMS + len(document.text) // _CHARACTERS_PER_ITEM
        yield from islice(items, most)
        if next(items, None) is not None:
            raise Unparsable(f"it asks for more than {most:,} things, too many for its size: the rest is not judged; split it", 0)
        if budget.is_exceeded():
            raise budget.exceeded()
    except Unparsable as error:
        span = Span(error.offset, min(len(document.text), error.offset + 1))
        if error is document.parsed and error.parsed:
            yield from _readable(format_, document, tree, error)
        yield Fact("template", span, error.template) if error.template else Fact("unreadable-file", span, str(error))
    finally:
        budget.end()


def _fetched(items: Iterable[Reference | Fact | Script], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The references and facts among the items, and behind them what the commands of their scripts fetch."""
    scripts: list[Script] = []
    for item in items:
        if type(item) is Script:
            scripts.append(item)
        else:
            yield _own(item, tree)  # type: ignore[arg-type]
    if scripts:
        from pinlint.programs import fetched  # most files run nothing

        yield from (_own(item, tree) for item in fetched(scripts, document, tree))


def _own(item: Reference | Fact, tree: Tree) -> Reference | Fact:
    """An image that the repository builds by its commands is local, wherever it is named, but where a command deploys it."""
    if type(item) is not Reference or item.artifact.kind != "image" or item.verdict not in ("floating", "tag"):
        return item
    if item.role == "deployed image":
        return item
    from pinlint.semantics.built_images import own  # well-kept files name no image without a digest

    why = own(item, tree)
    return item._replace(verdict="local", why=why).unpinnable() if why else item


def _readable(format_: Format, document: Document, tree: Tree, error: Unparsable) -> Iterator[Reference]:
    """What asks for something in the part of a document that could be read, unless what it lacks may stand in the rest. Nobody can
    write a pin there: what the tools that read the file make of it is not known."""
    document.parsed, begun = error.parsed, sorted(error.open)
    try:
        for item in _reader(format_.name).references(document, tree):
            if isinstance(item, Reference) and (item.version or item.digests or not _begun(item.span, begun)):
                yield item.unpinnable()
    except Unparsable:
        pass
    finally:
        document.parsed = error


def _begun(span: Place, stretches: list[tuple[int, int]]) -> bool:
    """Whether more would have stood beside what stands at a place: it lies in one of the sorted stretches."""
    number = bisect_right(stretches, (span.start, sys.maxsize)) - 1 if isinstance(span, Span) else -1
    return number >= 0 and span.start <= stretches[number][1]  # type: ignore[union-attr]


def included(document: Document, format_: Format, tree: Tree) -> list[str]:
    """The files that a document brings in and that no name would have found. Raises budget.Exceeded where that takes too much
    work; must not be asked about a file that is of another kind than its name says."""
    if not format_.includes:
        return []
    budget.begin(len(document.text))
    try:
        found: list[str] = _reader(format_.name).included(document, tree)
        return found
    finally:
        budget.end()


class Reading:
    """What a document brings besides what a report shows: its `items`, in order, and its findings that nobody suppressed (`open`),
    each with its place."""

    def __init__(self) -> None:
        self.items: list[Reference | Fact] = []
        self.open: list[tuple[Finding, Diagnostic]] = []

    def passing(self, items: Iterable[Reference | Fact]) -> Iterator[Reference | Fact]:
        """The items, which are kept."""
        for item in items:
            self.items.append(item)
            yield item


def read(document: Document, format_: Format, tree: Tree, policy: Policy) -> Reading:
    """What a document brings under the policy for its path; nobody wants to see it."""
    policy, reading = policy.at(document.path), Reading()
    findings, _ = _findings(reading.passing(stream(document, format_, tree)), policy, {}, {})
    _diagnostics(findings, document, format_, policy, "", reading)
    return reading


def check(
    document: Document, format_: Format, tree: Tree, policy: Policy, wanted: str = "", reading: Reading | None = None
) -> tuple[Checked, list[str]]:
    """(the file judged under the policy for its path, the files that it brings in and that no name would have found). Never raises
    for what a file may hold.

    `wanted` is what the report needs beyond places: "lines" (source lines of each finding), "hash" (the rolling hash of code
    scanning), or "". Who needs more than a report has it put into `reading`.
    """
    policy = policy.at(document.path)
    verdicts: dict[str, int] = {}
    off: dict[str, int] = {}
    items = stream(document, format_, tree)
    findings, skipped = _findings(items if reading is None else reading.passing(items), policy, verdicts, off)
    others: list[str] = []
    try:
        others = [] if skipped else included(document, format_, tree)
    except budget.Exceeded as error:
        findings += [Finding("PIN901", Span(0, 0), str(error))] if policy.enabled("PIN901") else []
    diagnostics = _diagnostics(findings, document, format_, policy, wanted, reading)
    return Checked(document.path, format_.name, verdicts, diagnostics, skipped, off=off), others


def unread(path: str, policy: Policy, why: str, wanted: str = "") -> list[Diagnostic]:
    """What is said of a file that could not be read."""
    enabled = policy.at(path).enabled("PIN901")
    said = _of_all(path, policy, [Finding("PIN901", Span(0, 0), f"the file was not read: {why}")] if enabled else [])
    return _enriched(said, Document(path, b""), wanted)


def broken(path: str, policy: Policy, why: str, undone: str = "judged") -> list[Diagnostic]:
    """What is said of a file on which pinlint itself failed. A choice of other rules does not hide it: nothing in the file was
    judged by any."""
    finding = Finding("PIN903", Span(0, 0), f"pinlint failed on this file, so it was not {undone}: {why}; {REPORT_IT}")
    silenced = any(code and "PIN903".startswith(code) for code in policy.at(path).ignore)
    return _of_all(path, policy, [] if silenced else [finding])


def _of_all(path: str, policy: Policy, findings: list[Finding]) -> list[Diagnostic]:
    """Findings about a file as a whole, of which nothing is known."""
    return [one for _, one in _placed(findings, Document(path, b""), BY_CONTENT, policy.at(path), None, set(), _today())]


def _today() -> str:
    return time.strftime("%Y-%m-%d")


def _findings(
    items: Iterable[Reference | Fact], policy: Policy, verdicts: dict[str, int], off: dict[str, int]
) -> tuple[list[Finding], str]:
    """(the findings of enabled rules, why the file is none of ours). Counts the verdicts on the way, and what is not said because
    its rule is `off`: but for what cannot be judged, which the verdicts tell."""
    found: list[Finding] = []
    unsaid: set[tuple[str, Place]] = set()
    without_lock = False
    enabled: dict[str, bool] = {}
    for item in items:
        if isinstance(item, Fact):
            if item.kind == "foreign":
                return [], item.detail
            judged = judge_fact(item)
            without_lock = without_lock or (item.kind in MANIFEST_FACTS and judged is not None and policy.enabled(judged[0]))
            reference, mendable, severity = None, item.mendable, MILD.get(item.kind, "")
        else:
            verdict = item.verdict
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
            if policy.hosts and (strange := judge_host(item, policy)) and policy.enabled("SRC202"):
                found.append(Finding(strange[0], item.span, strange[1], item))
            if verdict == "local" or (verdict == "digest" and item.artifact.kind != "image"):
                continue
            judged = judge(item, policy)
            reference, mendable, severity = item, False, ""
            covered = without_lock and not item.role.startswith("locked") and not is_beyond_releases(item)
            if judged and covered and judged[0] in MANIFEST_RULES:
                continue
        if judged:
            rule = judged[0]
            if rule not in enabled:
                enabled[rule] = policy.enabled(rule)
            if enabled[rule]:
                found.append(Finding(rule, item.span, judged[1], reference, mendable, severity))
            elif rule != "PIN006" and (rule, item.span) not in unsaid:
                unsaid.add((rule, item.span))
                off[rule] = off.get(rule, 0) + 1
    return found, ""


def spans(document: Document, format_: Format, places: Iterable[Place]) -> dict[Place, Span]:
    """Where each place stands: one ordered pass for all key paths. A path that is not found stands at the start."""
    places = list(places)
    paths = [place for place in places if isinstance(place, KeyPath)]
    found: dict[Place, Span] = {}
    if paths:
        found.update(import_module(f"pinlint.syntax.{format_.syntax}").locate(document.text, paths))
    for place in places:
        if place not in found:
            found[place] = place if isinstance(place, Span) else Span(0, 0)
    return found


def _diagnostics(
    findings: list[Finding], document: Document, format_: Format, policy: Policy, wanted: str, reading: Reading | None = None
) -> list[Diagnostic]:
    """The findings located, one a place, with the exceptions that cover them and those that cover nothing."""
    if not findings and "inlint" not in document.text:  # suppress.SIGN, which is not imported for it
        return []
    used: set[int] = set()
    today = _today()
    exceptions = _exceptions(document, format_, policy, today)
    located = list(_placed(findings, document, format_, policy, exceptions, used, today))
    if reading is not None:
        reading.open = [(finding, one) for finding, one in located if not one.suppressed]
    diagnostics = [one for _, one in located]
    if exceptions is not None and policy.enabled("PIN900"):
        wrong = exceptions.complaints(used, today, lambda code: policy.enabled(code) and not _is_online(code))
        diagnostics += [_diagnostic(Finding("PIN900", span, why), span, document) for span, why in wrong]
    diagnostics.sort(key=attrgetter("line", "column", "rule"))
    return _enriched(diagnostics, document, wanted)


def _is_online(code: str) -> bool:
    """Whether what a code or prefix stands for may need a network to be found: that never happens here."""
    return code.startswith(ONLINE) or ONLINE.startswith(code)


def placed(findings: list[Finding], document: Document, format_: Format, policy: Policy, wanted: str = "") -> list[Diagnostic]:
    """Findings that no reading of files brings, made ready as those of `check` are: of enabled rules, located, with the exceptions
    that cover them."""
    policy = policy.at(document.path)
    enabled = [finding for finding in findings if policy.enabled(finding.rule)]
    today = _today()
    exceptions = _exceptions(document, format_, policy, today)
    found = [one for _, one in _placed(enabled, document, format_, policy, exceptions, set(), today)]
    return _enriched(found, document, wanted)


def _exceptions(document: Document, format_: Format, policy: Policy, today: str) -> "Exceptions | None":
    """The ignore comments of a document, None where there can be none, or none counts."""
    if "inlint" not in document.text or not policy.comments:
        return None
    from pinlint.suppress import Exceptions  # few files hold any

    return Exceptions(document, format_, today)


def _placed(
    findings: list[Finding],
    document: Document,
    format_: Format,
    policy: Policy,
    exceptions: "Exceptions | None",
    used: set[int],
    today: str,
) -> Iterator[tuple[Finding, Diagnostic]]:
    """Each finding with its place, one a place, and the exception that covers it; adds the comments that did to `used`."""
    entries = None
    if policy.ignores:
        from pinlint.suppress import Entries

        entries = Entries(policy.ignores, document.path, today)
    located = spans(document, format_, (finding.span for finding in findings))
    made: set[tuple[str, Span, str]] = set()
    said: set[tuple[str, Span]] = set()
    for finding in findings:
        rule, span = finding.rule, located[finding.span]
        key = (rule, span, finding.reference.artifact.name if finding.reference else finding.message)
        if key in made or (rule in SAID_BY and (SAID_BY[rule], span) in said):
            continue
        made.add(key)
        if rule in _SAYING:
            said.add((rule, span))
        diagnostic = _diagnostic(finding, span, document)
        index = exceptions.covering(rule, diagnostic.line) if exceptions is not None else -1
        if exceptions is not None and index >= 0:
            used.add(index)
            diagnostic = diagnostic._replace(suppressed="inSource", reason=exceptions.written[index].reason)
        elif entries is not None:
            subject = compared(f"{diagnostic.kind}:{diagnostic.name}") if diagnostic.kind else ""
            if entry := entries.covering(rule, subject):
                diagnostic = diagnostic._replace(suppressed="external", reason=entry.reason)
        yield finding, diagnostic


def _diagnostic(finding: Finding, span: Span, document: Document) -> Diagnostic:
    region = document.seen(span.start, span.end)
    reference = finding.reference
    if reference is None:
        severity = finding.severity
        return Diagnostic(finding.rule, document.path, *region, finding.message, fixable=finding.mendable, severity=severity)
    return Diagnostic(
        finding.rule, document.path, *region, finding.message, reference.artifact.kind, reference.artifact.name,
        reference.version, reference.verdict, reference.role,
        fixable=_fixable(finding.rule, reference, document),
    )  # fmt: skip


def _fixable(rule: str, reference: Reference, document: Document) -> bool:
    """Whether `--fix` can pin it without changing what runs."""
    if not reference.notation:
        return False
    from pinlint.notations import is_promised  # a clean run promises nothing

    return is_promised(rule, reference) and document.editable


def _enriched(diagnostics: list[Diagnostic], document: Document, wanted: str) -> list[Diagnostic]:
    """The diagnostics with what the report wants of the source."""
    if wanted == "lines":
        return [*(_with_lines(one, document) for one in diagnostics[:_WITH_LINES]), *diagnostics[_WITH_LINES:]]
    if wanted == "hash" and diagnostics:
        from pinlint.fingerprint import line_hashes  # only SARIF asks for it

        hashes = line_hashes(document.data.decode("utf-8", "replace"), [one.line for one in diagnostics])
        diagnostics = [one._replace(hash=hashes.get(one.line, "")) for one in diagnostics]
        return [one if one.end_line == one.line else _with_lines(one, document) for one in diagnostics]
    return diagnostics


def _with_lines(one: Diagnostic, document: Document) -> Diagnostic:
    numbers = range(one.line, min(one.end_line, one.line + 3) + 1)
    return one._replace(lines=tuple(document.line(number)[:400] for number in numbers))

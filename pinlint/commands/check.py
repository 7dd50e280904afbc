"""`pinlint` and `pinlint check`: the findings of every file, after fixing them where that was asked for.

Knows the order of things; must not know how a finding is made, mended or shown.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, TextIO

from pinlint.checks import ONLINE
from pinlint.config import OFF
from pinlint.errors import PinlintError
from pinlint.notes import for_people, left_out
from pinlint.session import Session, answerable, codes, counted, listed, shown
from pinlint.sessions import opened
from pinlint.streams import report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from pinlint.config import Policy
    from pinlint.discover import Found
    from pinlint.engine import Checked
    from pinlint.fix.account import Account
    from pinlint.model import Diagnostic, Remedy
    from pinlint.options import Options
    from pinlint.report.run import Hidden, Run
    from pinlint.review import Review
    from pinlint.rulebook import Page
    from pinlint.tree import Tree

    #: Every root that was checked: its files, what became of each, and the findings that are left.
    _Everything = list[tuple[Found, list[Checked], list[Diagnostic]]]

__all__ = [
    "ABOUT", "USAGE", "arguments", "as_configured", "code", "merged", "new", "refuse_idle_formats",
    "run", "wanted", "write",
]  # fmt: skip

USAGE = "[check] [options] [PATH ...]"
ABOUT = "Finds what is asked for from outside without saying exactly which bytes.\nReads files, never the network."

#: More than these nobody types once more.
_FEW_WORDS = 8
#: Options of fixing, which do nothing without it.
_OF_FIXING = ("unsafe_fixes", "fix_only", "min_age", "save_resolutions", "resolutions", "verbose")
_RANK = {"note": 0, "warning": 1, "error": 2, "never": 3}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import FORMATS, REVIEWS, Codes, age, file_options, finding_options

    file_options(parser, "exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage or configuration")
    group = finding_options(parser, (*FORMATS, *REVIEWS))
    group.add_argument("--since", metavar="REV", help="only what this commit does not have; auto: the target of a pull request")
    group.add_argument("--show-unknown", action="store_true", help="also list what cannot be judged from the files alone")
    group = parser.add_argument_group("fixing (the only thing that asks registries)")
    group.add_argument("--fix", action="store_true", help="resolve what is not pinned and write the pins")
    group.add_argument("--diff", action="store_true", help="show what --fix would write, write nothing; exit 1 if there is a diff")
    group.add_argument("--unsafe-fixes", action="store_true", help="also fixes that may change what runs")
    group.add_argument("--fix-only", action=Codes, metavar="RULES", help="fix only these rules")
    group.add_argument("--min-age", type=age, metavar="TIME", help="choose no release younger than this: 3d, 72h, 2w")
    group.add_argument("--no-progress", action="store_true", help="show no progress bar on the terminal")
    group.add_argument("--save-resolutions", metavar="FILE", help="record what was asked and answered")
    group.add_argument("--resolutions", metavar="FILE", help="take the answers from such a record, ask nobody")


def run(options: Options) -> int:
    """The exit code: whether anything at or above `--fail-on` was found, the same in every output format."""
    _refuse_what_says_nothing(options)
    refuse_idle_formats(options)
    with opened(options) as session, report(options.output_file) as out:
        if session.prelude(out):
            return 0
        account = _mended(session, options) if options.fix or options.diff else None
        checked = session.checked(wanted(options), account.checked if account else None)
        everything = [(found, some, _left(session, found, some, account)) for found, some in checked]
        missed = session.missed()
        told = merged(session, everything, account)
        _write(told, account, options, out)
    if options.strict and missed:
        return 2
    would_change = account is not None and account.would_change
    return 0 if options.exit_zero else max(int(would_change), *(code(session, found, left) for found, _, left in everything), 0)


def _refuse_what_says_nothing(options: Options) -> None:
    """Raises PinlintError for options that would do nothing: whoever gives them believes that they do."""
    given = {name.replace("_", "-"): getattr(options, name) for name in _OF_FIXING}
    idle = [f"--{name}" for name, value in given.items() if value not in ("", False, None)]
    if idle and not (options.fix or options.diff):
        raise PinlintError(f"{', '.join(idle)} does nothing without --fix", "add --fix, or --diff to write nothing")
    if options.no_ignores and options.fix:
        raise PinlintError("--no-ignores shows what is hidden on purpose, and --fix would change it", "leave one of them out")


def refuse_idle_formats(options: Options) -> None:
    """Raises PinlintError for options that the report's format can say nothing of."""
    if options.output_format.endswith("-review") and not (options.diff and options.since):
        raise PinlintError(f"{options.output_format} suggests what --diff shows of a change", "add --diff --since auto")
    listed_in = (("include_suppressed", ("json", "sarif")), ("statistics", ("", "text", "concise", "json")))
    for name, formats in listed_in:
        if getattr(options, name) and options.output_format not in formats:
            some = " or ".join(one for one in formats if one)
            raise PinlintError(
                f"--{name.replace('_', '-')} does nothing in {options.output_format or 'text'}", f"add --output-format {some}"
            )


def wanted(options: Options) -> str:
    """What the report needs of the source (see `engine.check`)."""
    return (
        ""
        if options.statistics
        else {"": "lines", "text": "lines", "html": "lines", "sarif": "hash"}.get(options.output_format, "")
    )


def _left(session: Session, found: Found, checked: list[Checked], account: Account | None) -> list[Diagnostic]:
    """The findings of a root, with what fixing adds to them and what a baseline takes."""
    options, policy = session.options, session.policy(found.root)
    diagnostics = [diagnostic for one in checked for diagnostic in one.diagnostics]
    if "://" in found.root:  # elsewhere, where nothing is mended from here
        diagnostics = [one._replace(fixable=False) for one in diagnostics]
    if account:
        diagnostics = account.findings(found.root, diagnostics, policy, wanted(options))
    if aged := session.aged(found, checked, wanted(options)):
        diagnostics = sorted((*diagnostics, *aged), key=attrgetter("path", "line", "column", "rule"))
    if options.baseline or policy.baseline:
        diagnostics = new(session, found, diagnostics)
    return as_configured(_brought(session, found, checked, diagnostics) if options.since else diagnostics, policy)


def as_configured(diagnostics: list[Diagnostic], policy: Policy) -> list[Diagnostic]:
    """Findings as grave as the configuration makes their rules."""
    if policy.severity or any(one.severity for one in policy.overrides):
        return [one._replace(severity=policy.at(one.path).severity_of(one.rule) or one.severity) for one in diagnostics]
    return diagnostics


def new(session: Session, found: Found, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The findings of a root, those that the baseline knows marked as such; remarks where it is out of date."""
    from pinlint import baseline

    options, policy, tree = session.options, session.policy(found.root), session.trees.get(found.root)
    known = baseline.read(options.baseline or policy.baseline, "" if options.baseline else found.root)
    there = tree.exists if tree else lambda path: os.path.lexists(os.path.join(found.root, path))
    now = baseline.marked(diagnostics, known, there)
    command = f"pinlint baseline --output-file {options.baseline}" if options.baseline else "pinlint baseline"
    command, prune = ("pinlint verify --record-baseline", "") if session.audits else (command, " --prune")
    if known.old is not None:
        session.remarks.append(
            f"an earlier version wrote the baseline; `{command}` renews it, and a version that is raised then is no new finding"
        )
    elif now.moved:
        pairs = listed([f"{old} → {path}" for path, old in sorted(now.moved.items())])
        session.remarks.append(f"known findings moved along with {pairs}; `{command}` records that")
    stale = sum(
        count
        for path, counts in now.left.items()
        for one, count in counts.items()
        if known.old is None and one.startswith(ONLINE) == session.audits and policy.at(path).enabled(one.partition(" ")[0])
    )
    if stale and session.whole(found.root) and not (options.select or options.ignore or options.since):
        session.remarks.append(
            f"{counted(stale, 'finding')} of the baseline {'is' if stale == 1 else 'are'} gone: `{command}{prune}` takes "
            f"{'it' if stale == 1 else 'them'} out"
        )
    return now.diagnostics


def _brought(session: Session, found: Found, checked: list[Checked], diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The findings of a root, those that a commit has as well marked as known; says where the policy asks for less."""
    from pinlint import since  # which asks git

    options = session.options
    before = since.revision(found.root, options.since, os.environ)
    if not (options.config or options.isolated or options.rev) and (less := since.loosened(before, found.root)):
        session.warn(f"the policy asks for less than that of {options.since}: {'; '.join(less)}")
    return since.brought(found, checked, diagnostics, before, session.policy(found.root), options.jobs)


def _mended(session: Session, options: Options) -> Account:
    """What came of fixing, or would."""
    from pinlint.fix import mend, resolutions
    from pinlint.fix.account import Account
    from pinlint.report.progress import Progress

    if session.overlay:
        raise PinlintError("standard input cannot be fixed", "name the file")
    only = codes(options.fix_only, "--fix-only")
    answerable((), only, asks=True)
    write = options.fix and not options.diff
    progress = Progress(sys.stderr, shown=not (options.no_progress or options.quiet))
    try:
        with resolutions.resolver(options.resolutions, options.save_resolutions) as resolve:
            mended = mend.mend(
                session.found, session.policy, resolve, only, unsafe=options.unsafe_fixes, write=write, cooldown=options.min_age,
                answered=progress, step=progress.step, wanted=wanted(options),
            )  # fmt: skip
    finally:
        progress.clear()
    if write and any(made.created for one in mended for made in one.patches):
        session.found, session.skipped = session.files()  # a lock that was written is judged, too
    return Account(mended, written=write)


def code(session: Session, found: Found, diagnostics: list[Diagnostic]) -> int:
    """1 where some finding of a root is as grave as what fails a run, else 0."""
    if not diagnostics:
        return 0
    from pinlint.rulebook import page  # a clean run reads no page

    fail_on = session.options.fail_on or session.policy(found.root).fail_on
    levels = {one.severity or page(one.rule).severity for one in diagnostics if not one.suppressed}
    return int(any(_RANK[level] >= _RANK[fail_on] for level in levels))


def merged(session: Session, everything: _Everything, account: Account | None = None) -> Run:
    """One run for the report; several roots are told as one, seen from the working directory."""
    from pinlint import __version__
    from pinlint.report.run import Run

    hidden, everything = _hidden(session, everything)
    checked = [one for _, some, _ in everything for one in some]
    if len(everything) == 1:
        ((root, *_), _, diagnostics) = everything[0]
    else:
        root = os.getcwd()
        diagnostics = [
            one._replace(path=shown(found.root, one.path), remedy=one.remedy and _moved(one.remedy, found.root))
            for found, _, some in everything
            for one in some
        ]
    counts: dict[str, int] = {}
    for one in checked:
        for verdict, count in one.verdicts.items():
            counts[verdict] = counts.get(verdict, 0) + count
    return Run(
        diagnostics=diagnostics, pages=_pages(session.options, diagnostics), counts=counts,
        files=sum(not one.skipped for one in checked), references=sum(counts.values()), notes=left_out(session, checked), root=root,
        prefix=partial(shown, root), version=__version__, pins=_pins(session), hidden=hidden,
        fixes=_records(account) if account else (), advice=_advice(session, everything),
        reviews=_reviews(session, root, diagnostics), switched_on=_switched_on(session),
        decisions=_decisions(session, everything),
    )  # fmt: skip


def _reviews(session: Session, root: str, diagnostics: Sequence[Diagnostic]) -> list[Review]:
    """What a reviewer could accept, for a report of that."""
    if not session.options.output_format.endswith("-review"):
        return []
    if len(session.found) > 1:
        raise PinlintError("a review is of a change of one repository", "name paths of one")
    from pinlint import review, since

    before = since.revision(root, session.options.since, os.environ)
    return [review.reviewed(root, before, [one for one in diagnostics if not one.suppressed], os.environ)]


def _switched_on(session: Session) -> list[str]:
    """The rules that are off by default and that the policy of some root selects."""
    return [rule for rule in OFF if any(session.policy(found.root).enabled(rule) for found in session.found)]


def _pins(session: Session) -> list[tuple[str, str, str, int]]:
    """How firmly what is pinned, for the report that shows it."""
    if session.options.output_format != "html":
        return []
    from pinlint.commands.inventory import pins

    return pins(session)


def _advice(session: Session, everything: _Everything) -> list[str]:
    """What to type for findings that are not to be mended now, where people read it and one configuration decides."""
    options = session.options
    if not for_people(options) or options.quiet or options.statistics or len(everything) != 1:
        return []
    [(found, _, left)] = everything
    if not left:
        return []
    from pinlint.advice import next_steps  # a clean run needs none

    policy = session.policy(found.root)
    return next_steps(policy, _tree(session, found), left, _again(options), read=not options.isolated)


def _decisions(session: Session, everything: _Everything) -> Mapping[str, tuple[str, str, str]]:
    """What could be written into the configuration about each rule, for a report that shows it, where one configuration decides."""
    options = session.options
    if options.output_format != "html" or options.isolated or len(everything) != 1:
        return {}
    from pinlint.advice import decisions

    [(found, _, left)] = everything
    policy = session.policy(found.root)
    shown = [one for one in left if not one.suppressed]
    return decisions(policy, _tree(session, found), shown, options.fail_on or policy.fail_on)


def _tree(session: Session, found: Found) -> Tree:
    """The files that a root was judged by."""
    from pinlint.tree import Tree

    return session.trees.get(found.root) or Tree(found.root, list)


def _again(options: Options) -> str:
    """The words that a command has to repeat to be about the same findings; only such as a shell leaves alone."""
    words = ["--isolated"] if options.isolated else []
    for name in ("config", "select", "extend_select", "ignore"):
        words += [f"--{name.replace('_', '-')}", value] if (value := getattr(options, name)) else []
    words += options.paths if options.paths != ["."] else []
    plain = "".join(words).replace("-", "").replace("/", "").replace(".", "").replace(",", "").replace("_", "")
    return "".join(f" {word}" for word in words) if len(words) <= _FEW_WORDS and (plain.isalnum() or not words) else ""


def _hidden(session: Session, everything: _Everything) -> tuple[Hidden, _Everything]:
    """(what is not shown, what is): suppressed findings are only for who asks for them."""
    from pinlint.report.run import Hidden

    ways = [one.suppressed for _, _, left in everything for one in left if one.suppressed]
    known, before = ways.count("baseline"), ways.count("commit")
    off: dict[str, int] = {}
    for _, checked, _ in everything:
        for file in checked:
            for rule, count in file.off.items():
                off[rule] = off.get(rule, 0) + count
    if ways and not session.options.include_suppressed:
        everything = [(found, checked, [one for one in left if not one.suppressed]) for found, checked, left in everything]
    return Hidden(known, len(ways) - known - before, off, before), everything


def _records(account: Account) -> list[dict[str, object]]:
    from pinlint.report.fixes import records

    return records(account.told, shown)


def _moved(remedy: Remedy, root: str) -> Remedy:
    moved = tuple(one._replace(path=shown(root, one.path)) for one in remedy.replacements)
    return remedy._replace(replacements=moved)


def _pages(options: Options, diagnostics: list[Diagnostic]) -> dict[str, Page]:
    """The pages of the rules that were broken; of every rule where the report lists them all."""
    everything = options.output_format in ("sarif", "json")
    if not everything and not diagnostics:
        return {}
    from pinlint import rulebook

    return {code: rulebook.page(code) for code in (rulebook.codes() if everything else {one.rule for one in diagnostics})}


def _write(run: Run, account: Account | None, options: Options, out: TextIO) -> None:
    """The report, and what is said beside it; after a fix, its account first."""
    if account is not None:
        from pinlint.report import fixing

        patch = list(account.patches) if options.diff and for_people(options) else None
        fixing.write(run, account.told, patch, out, options, written=account.written)
    write(run, options, out, partial(_for_reading, run, options) if account is None else lambda _: None)
    if options.output_file and account is None and not options.quiet:
        from pinlint.report import text  # who reads the file later sees now what is in it

        text.write(run, sys.stderr, colour=text.coloured(sys.stderr, options.color), findings=False)


def _for_reading(run: Run, options: Options, out: TextIO) -> None:
    from pinlint.report import text

    text.write(run, out, colour=text.coloured(out, options.color), summary=not options.quiet)


def write(run: Run, options: Options, out: TextIO, for_reading: Callable[[TextIO], None]) -> None:
    """The report in the format that is asked for; `for_reading` writes the one for people."""
    if options.statistics:
        from pinlint.report import statistics

        statistics.write(run, out, as_json=options.output_format == "json")
    elif not for_people(options):
        import_module(f"pinlint.report.{options.output_format.replace('-', '_')}").write(run, out)
    else:
        for_reading(out)
    if os.environ.get("GITHUB_STEP_SUMMARY") and options.output_format != "github":  # which does it itself
        from pinlint.report import step_summary

        step_summary.append(run)

"""`pinlint verify`: whether what is pinned is still true, by asking those who publish it.

Knows the order of things; must not know what is asked, or what follows from an answer.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, TextIO

from pinlint.commands.check import as_configured, code, merged, new, refuse_idle_formats, wanted, write
from pinlint.errors import PinlintError
from pinlint.notes import for_people
from pinlint.session import Session
from pinlint.sessions import opened
from pinlint.streams import report

if TYPE_CHECKING:
    import argparse

    from pinlint.discover import Found
    from pinlint.engine import Checked
    from pinlint.model import Diagnostic
    from pinlint.options import Options
    from pinlint.report.run import Run
    from pinlint.verify.account import Account

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "verify [options] [PATH ...]"
ABOUT = (
    "Asks those who publish it whether what is pinned is still there, still the same, and not withdrawn; with a policy\n"
    "([verify] in the configuration) also who signed it and where it was built. Writes nothing but records."
)
#: Said at the end of its help.
_MORE = (
    "what nobody answers about is counted and told; it exits 1 only where a policy demands it\n\n"
    "exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage or configuration"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options, finding_options, number, some

    file_options(parser, _MORE, stdin=False)
    finding_options(parser)
    parser.add_argument("--record-baseline", action="store_true", help="record the findings in the baseline, report none")
    group = parser.add_argument_group("asking")
    group.add_argument("--max-requests", type=some, metavar="N", help="send no more requests than that")
    group.add_argument("--deep", type=number, metavar="N", help="also what pinned things ask for themselves, N deep (alone: 3)")
    group.add_argument("--no-progress", action="store_true", help="show no progress bar on the terminal")
    group.add_argument("--save-resolutions", metavar="FILE", help="record what was asked and answered")
    group.add_argument("--resolutions", metavar="FILE", help="take the answers from such a record, ask nobody")


def run(options: Options) -> int:
    """The exit code: whether anything at or above `--fail-on` was found, the same in every output format."""
    refuse_idle_formats(options)
    if "-" in options.paths:
        raise PinlintError("standard input is not verified", "name the file")
    with opened(options, audits=True) as session, report(options.output_file) as out:
        if session.prelude(out):
            return 0
        account, requests = _audited(session, options)
        checked = {one.root: one.checked for one in account.audited}
        everything = [
            (found, [one for one in checked[found.root] if not one.absent], _left(session, found, account))
            for found in session.found
        ]
        session.seen = {root: {one.path: one.absent for one in some} for root, some in checked.items()}
        missed = session.missed()
        if options.record_baseline:
            return _recorded(session, everything)
        told = merged(session, everything)
        _write(told, account, requests, options, out)
    if options.strict and missed:
        return 2
    return 0 if options.exit_zero else max((code(session, found, left) for found, _, left in everything), default=0)


def _audited(session: Session, options: Options) -> tuple[Account, int]:
    """(what came of asking, how many requests that took)."""
    from pinlint.report.progress import Progress
    from pinlint.verify import account, audit, records

    progress = Progress(sys.stderr, shown=not (options.no_progress or options.quiet))
    try:
        with records.evidence(options.resolutions, options.save_resolutions, options.max_requests) as ask:
            audited = audit.audit(
                session.found, session.policy, ask, answered=progress, step=progress.step, wanted=wanted(options), deep=options.deep
            )
    finally:
        progress.clear()
    return account.Account(audited), ask.requests


def _recorded(session: Session, everything: list[tuple[Found, list[Checked], list[Diagnostic]]]) -> int:
    """0; the findings are known from now on, beside those that a baseline has of the files alone."""
    from pinlint.commands.baseline import recorded

    for found, checked, left in everything:
        recorded(session, found, checked, left)
    return 0


def _left(session: Session, found: Found, account: Account) -> list[Diagnostic]:
    """The findings of a root, those that a baseline knows marked as such."""
    policy = session.policy(found.root)
    diagnostics = account.findings(found.root, policy, wanted(session.options))
    if (session.options.baseline or policy.baseline) and not session.options.record_baseline:
        diagnostics = new(session, found, diagnostics)
    return as_configured(diagnostics, policy)


def _write(told: Run, account: Account, requests: int, options: Options, out: TextIO) -> None:
    """The report; what could not be checked stands in it where people read it, else on standard error."""
    from pinlint.report import verifying

    audit = verifying.Audit(
        account.references, account.unpinned, account.inquiries, None if options.resolutions else requests, account.true,
        account.unchecked,
    )  # fmt: skip
    write(told, options, out, partial(verifying.write, told, audit, options))
    if (not for_people(options) or options.output_file or options.statistics) and not options.quiet:
        verifying.account(audit, sys.stderr, verbose=options.verbose)

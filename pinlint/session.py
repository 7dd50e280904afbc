"""A run from the options to the exit code: files, policies, checks, baseline, report.

Knows the order of things; must not know formats, rules or notations of reports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from operator import itemgetter
from typing import TYPE_CHECKING, TextIO

from pinlint.checks import ONLINE
from pinlint.config import Policy, load
from pinlint.discover import Found, Skipped, discover, place, together
from pinlint.engine import REPORT_IT, Checked
from pinlint.errors import PinlintError, suggestion
from pinlint.options import COMMANDS, Options
from pinlint.streams import opened, standard_input
from pinlint.text import SIZE_LIMIT

if TYPE_CHECKING:
    from pinlint.fix.outcome import Outcome
    from pinlint.model import Diagnostic, Remedy
    from pinlint.report.run import Run
    from pinlint.rulebook import Page

__all__ = ["baseline", "check", "inventory"]

_RANK = {"note": 0, "warning": 1, "error": 2, "never": 3}


class _Session:
    """The options with what they lead to: policies by root, the files found, contents given by hand."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.policies: dict[str, Policy] = {}
        self.overlay: dict[str, bytes] = {}
        self.seen: dict[str, dict[str, str]] = {}
        self.fixes: list[dict[str, object]] = []
        self.failed: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.warnings: list[str] = []
        self.found, self.skipped = self.files()

    def policy(self, root: str) -> Policy:
        """The root's policy with what the command line adds."""
        if root not in self.policies:
            options = self.options
            policy = Policy() if options.isolated else load(root, options.config)
            select, extend = _codes(options.select, "--select"), _codes(options.extend_select, "--extend-select")
            ignore = (*policy.ignore, *_codes(options.ignore, "--ignore"))
            chosen = select or policy.select
            _answerable((*select, *extend), (*chosen, *extend), asks=options.fix or options.diff)
            if not options.show_unknown and "PIN006" not in (*chosen, *extend):
                ignore = (*ignore, "PIN006")
            chosen = (*chosen, *extend) if chosen else ()
            self.policies[root] = policy._replace(select=chosen, ignore=tuple(code for code in ignore if code not in extend))
        return self.policies[root]

    def files(self) -> tuple[list[Found], Skipped]:
        """The files that are there now, by root, and what was left out."""
        options = self.options
        paths = options.paths or ["."]
        if "-" in paths:
            return self._standard_input(paths)
        try:
            return discover(paths, lambda root: self.policy(root).exclude, force_exclude=options.force_exclude)
        except PinlintError as error:
            meant = suggestion(paths[0], COMMANDS)
            if meant.startswith("did you mean") and not os.path.lexists(paths[0]):
                raise PinlintError(str(error), meant) from None
            raise

    def _standard_input(self, paths: list[str]) -> tuple[list[Found], Skipped]:
        name = self.options.stdin_filename
        if paths != ["-"] or not name:
            raise PinlintError(
                "- stands alone and needs --stdin-filename", "pinlint - --stdin-filename services/api/Dockerfile < FILE"
            )
        root, path, format_ = place(name)
        if format_ is None:
            raise PinlintError(f"no format is known for the name {name}", "pinlint --help names the formats")
        self.overlay = {path: standard_input(SIZE_LIMIT)}
        return [Found(root, together(root, path, format_), frozenset((path,)))], Skipped(0, 0, (), ())

    def checked(self, wanted: str) -> Iterator[tuple[Found, list[Checked]]]:
        """The files of each root checked."""
        from pinlint.schedule import check_all  # not needed to list files or settings

        for found in self.found:
            checked = check_all(found, self.policy(found.root), wanted, self.options.jobs, self.overlay)
            self.seen[found.root] = {one.path: one.absent for one in checked}
            yield found, [one for one in checked if not one.absent]

    def notes(self, checked: list[Checked]) -> list[str]:
        """What was left out, and why."""
        notes = self.warnings if self.options.output_format in ("json", "sarif") else []  # people have read them already
        if self.skipped.excluded:
            notes.append(f"{_count(self.skipped.excluded, 'file')} in excluded directories skipped (exclude, in the configuration)")
        if self.skipped.links:
            notes.append(f"{_count(self.skipped.links, 'symbolic link')} skipped")
        if nested := self.skipped.configurations:
            names = ", ".join(os.path.relpath(path) for path in nested[:3]) + (" …" if nested[3:] else "")
            notes.append(f"only the configuration of a root counts; ignored: {names} (use [[overrides]] there)")
        reasons: dict[str, list[str]] = {}
        for one in checked:
            if one.skipped:
                reasons.setdefault(one.skipped, []).append(one.path)
        for reason, paths in reasons.items():
            more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
            notes.append(f"not judged: {', '.join(paths[:3])}{more}: {reason}")
        if not checked:
            where = ", ".join(self.options.paths) or "."
            notes.append(f"nothing to check in {where}: no file there is of a kind that pinlint reads (pinlint --help lists them)")
        return notes

    def missed(self) -> bool:
        """Whether something that was named was not judged, or nothing at all.

        Says on standard error, whatever the report is written in, what was named in vain and what could not be looked at.
        """
        from pinlint.unjudged import notes, unjudged

        vain = unjudged(self.found, self.skipped.unrecognised, self.seen, _shown, by_hook=self.options.force_exclude)
        self.warnings = notes(self.skipped.notes, vain, self.unread)
        sys.stderr.writelines(f"pinlint: note: {warning}\n" for warning in self.warnings)
        return bool(vain) or not any("" in seen.values() for seen in self.seen.values())

    def prelude(self, out: TextIO) -> bool:
        """Whether the run only shows files or settings; shows them."""
        if not (self.options.show_files or self.options.show_settings):
            return False
        from pinlint.report.escapes import visible

        if self.options.show_files:
            for found in self.found:
                for path, format_ in found.files:
                    out.write(f"{visible(_shown(found.root, path))}\t{format_.name}\n")
            return True
        for found in self.found:
            policy = self.policy(found.root)
            out.write(f"# {visible(f'{found.root}: {policy.source}' if policy.source else f'{found.root}: defaults')}\n")
            for name, value in policy._asdict().items():
                out.write(f"{name.replace('_', '-')} = {visible(repr(value))}\n")
        return True


def check(options: Options) -> int:
    """Lint: the exit code says whether anything at or above `--fail-on` was found, the same in every output format."""
    session = _Session(options)
    with _output(options) as out:
        if session.prelude(out):
            return 0
        outcome = _mended(session, options) if options.fix or options.diff else None
        wanted = {"": "lines", "text": "lines", "sarif": "hash"}.get(options.output_format, "")
        wanted = "" if options.statistics else wanted
        everything = []
        code = int(outcome.changes) if outcome else 0
        for found, checked in session.checked(wanted):
            diagnostics = [diagnostic for one in checked for diagnostic in one.diagnostics]
            policy = session.policy(found.root)
            if outcome:
                diagnostics = outcome.findings(found.root, diagnostics, policy, wanted)
            if options.baseline or policy.baseline:
                from pinlint.baseline import without_known

                root = "" if options.baseline else found.root
                diagnostics = without_known(diagnostics, options.baseline or policy.baseline, root)
            everything.append((found, checked, diagnostics))
            code = max(code, _code(diagnostics, options.fail_on or policy.fail_on))
        missed = session.missed()
        run = _merged(session, everything)
        if outcome:
            _account(outcome, run, options, out)
        if not (options.diff and options.output_format in ("", "text")):  # there a patch is all that is on standard output
            _write(run, options, out)
    if options.strict and missed:
        return 2
    return 0 if options.exit_zero else code


def _mended(session: _Session, options: Options) -> Outcome:
    """What came of fixing, or would."""
    from pinlint.fix import mend, resolutions
    from pinlint.fix.outcome import Outcome
    from pinlint.fix.progress import Progress

    if session.overlay:
        raise PinlintError("standard input cannot be fixed", "name the file")
    codes = _codes(options.fix_only, "--fix-only")
    _answerable((), codes, asks=True)
    write = options.fix and not options.diff
    progress = Progress(sys.stderr, shown=not (options.no_progress or options.quiet))
    try:
        with resolutions.resolver(options.resolutions, options.save_resolutions) as resolve:
            mended = mend.mend(
                session.found, session.policy, resolve, codes, unsafe=options.unsafe_fixes, write=write, cooldown=options.min_age,
                answered=progress,
            )  # fmt: skip
    finally:
        progress.clear()
    if write and any(made.created for one in mended for made in one.patches):
        session.found, session.skipped = session.files()  # a lock that was written is judged, too
    outcome = Outcome(mended, written=write)
    session.fixes = outcome.records(_shown)
    return outcome


def _account(outcome: Outcome, run: Run, options: Options, out: TextIO) -> None:
    """What was fixed and what was not: beside a report for programs, and beside a patch, it goes to standard error."""
    from pinlint.report import fixes

    people = options.output_format in ("", "text")
    if options.diff and people:
        patch = b"".join(outcome.diff(_in_diff))
        fixes.show(patch, out, log=not options.output_file)
        online = [one for one in run.diagnostics if one.rule.startswith(ONLINE)]
        if online:
            from pinlint.report import text

            text.write(run._replace(diagnostics=online), sys.stderr, colour=_colour(sys.stderr), summary=False)
    if not options.quiet:
        where = out if people and not options.diff else sys.stderr
        left = run.reported()
        fixes.summary(outcome.mended, _shown, where, written=outcome.written, left=len(left))
        if where is out and left and any(one.fixed or one.unfixed for one in outcome.mended):
            where.write("\n")  # the findings that are left follow


def _in_diff(root: str, path: str) -> str:
    """The path as a diff names it: in a repository from its root, as git reads it, wherever one stands."""
    return path if os.path.exists(os.path.join(root, ".git")) else _shown(root, path)


def inventory(options: Options) -> int:
    """Every reference, whatever the policy says of it."""
    session, missed = _Session(options), False
    with _output(options) as out:
        if not session.prelude(out):
            from pinlint.report import inventory as report

            rows = (
                row
                for found in session.found
                for row in sorted(
                    report.rows(
                        found, session.overlay, partial(_shown, found.root), session.policy(found.root).settings, session.failed,
                        session.unread, session.seen.setdefault(found.root, {}),
                    ),
                    key=itemgetter("path"),
                )
            )  # fmt: skip
            report.write(rows, options.output_format or "table", out)
            missed = session.missed()
    if session.failed:
        some = ", ".join(f"{path} ({why})" for path, why in list(session.failed.items())[:3])
        raise PinlintError(f"pinlint failed on {_count(len(session.failed), 'file')}, which the list lacks: {some}", REPORT_IT)
    return 2 if options.strict and (missed or session.unread) else 0


def baseline(options: Options) -> int:
    """Record today's findings."""
    session = _Session(options)
    everything = list(session.checked(""))
    diagnostics = [diagnostic for _, checked in everything for one in checked for diagnostic in one.diagnostics]
    from pinlint.baseline import DEFAULT, record

    path = options.output_file or DEFAULT
    count = record(diagnostics, path)
    print(f"{_count(count, 'finding')} recorded in {path}; `pinlint --baseline {path}` reports only new ones", file=sys.stderr)  # noqa: T201
    return 2 if session.missed() and options.strict else 0


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _codes(text: str, option: str) -> tuple[str, ...]:
    if not text:
        return ()
    from pinlint.rulebook import check_codes

    return check_codes(tuple(code.strip() for code in text.split(",") if code.strip()), option)


def _answerable(given: tuple[str, ...], chosen: tuple[str, ...], *, asks: bool) -> None:
    """Raises PinlintError where rules are chosen that this run cannot judge: those need a network, and a file to mend."""
    online = [code for code in given if code and (code.startswith(ONLINE) or ONLINE.startswith(code))]
    if online and not asks:
        raise PinlintError(
            f"{', '.join(online)} needs the network, and this run reads files only", "add --fix, or --diff to write nothing"
        )
    if chosen and all(code and (code.startswith(ONLINE) or ONLINE.startswith(code)) for code in chosen):
        raise PinlintError(
            f"only {', '.join(chosen)} is selected, which --fix finds on its way",
            "select the rules that are to be fixed too, or ALL",
        )


def _code(diagnostics: list[Diagnostic], fail_on: str) -> int:
    if not diagnostics:
        return 0
    from pinlint.rulebook import page  # a clean run reads no page

    severities = {rule: _RANK[page(rule).severity] for rule in {one.rule for one in diagnostics if not one.suppressed}}
    return int(any(rank >= _RANK[fail_on] for rank in severities.values()))


def _merged(session: _Session, everything: list[tuple[Found, list[Checked], list[Diagnostic]]]) -> Run:
    """One run for the report; several roots are told as one, seen from the working directory."""
    if len(everything) == 1:
        return _run_of(session, *everything[0])
    here = os.getcwd()
    checked = [one for _, some, _ in everything for one in some]
    diagnostics = [
        one._replace(path=_shown(found.root, one.path), remedy=one.remedy and _moved(one.remedy, found.root))
        for found, _, some in everything
        for one in some
    ]
    return _run_of(session, Found(here, []), checked, diagnostics)


def _moved(remedy: Remedy, root: str) -> Remedy:
    moved = tuple(one._replace(path=_shown(root, one.path)) for one in remedy.replacements)
    return remedy._replace(replacements=moved)


def _run_of(session: _Session, found: Found, checked: list[Checked], diagnostics: list[Diagnostic]) -> Run:
    from pinlint import __version__
    from pinlint.report.run import Run

    counts: dict[str, int] = {}
    for one in checked:
        for verdict, count in one.verdicts.items():
            counts[verdict] = counts.get(verdict, 0) + count
    return Run(
        diagnostics=diagnostics, pages=_pages(session, diagnostics), counts=counts,
        files=sum(not one.skipped for one in checked), references=sum(counts.values()), notes=session.notes(checked),
        root=found.root, prefix=partial(_shown, found.root), version=__version__, fixes=session.fixes,
    )  # fmt: skip


def _pages(session: _Session, diagnostics: list[Diagnostic]) -> dict[str, Page]:
    """The pages of the rules that were broken; of every rule where the report lists them all."""
    everything = session.options.output_format in ("sarif", "json")
    if not everything and not diagnostics:
        return {}
    from pinlint.rulebook import codes, page

    return {code: page(code) for code in (codes() if everything else {one.rule for one in diagnostics})}


def _write(run: Run, options: Options, out: TextIO) -> None:
    if options.statistics:
        from pinlint.report import statistics

        statistics.write(run, out)
    elif options.output_format in ("", "text"):
        from pinlint.report import text

        text.write(run, out, colour=_colour(out), summary=not options.quiet)
    else:
        import_module(f"pinlint.report.{options.output_format}").write(run, out)


def _colour(out: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (out.isatty() and os.environ.get("TERM") != "dumb")


def _shown(root: str, path: str) -> str:
    """The path as seen from the working directory."""
    here = os.getcwd()
    if here == root:
        return path
    if root.startswith(here + os.sep):  # nothing to compare, and a run may show thousands
        return f"{root[len(here) + 1 :]}/{path}".replace(os.sep, "/")
    return os.path.relpath(os.path.join(root, path), here).replace(os.sep, "/")


@contextmanager
def _output(options: Options) -> Iterator[TextIO]:
    if options.output_file:
        with opened(options.output_file) as out:
            yield out
    elif sys.stdout.closed:
        raise PinlintError("standard output is closed", "--output-file FILE writes the report to a file")
    else:
        yield sys.stdout

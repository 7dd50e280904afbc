"""`pinlint baseline`: today's findings, recorded."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from pinlint.checks import ONLINE
from pinlint.discover import CONFIGURATIONS
from pinlint.errors import PinlintError
from pinlint.session import Session, counted
from pinlint.tree import join

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pinlint.baseline import Baseline, Files, Marked
    from pinlint.discover import Found
    from pinlint.engine import Checked
    from pinlint.model import Diagnostic
    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "recorded", "run"]

USAGE = "baseline [options] [PATH ...]"
ABOUT = "Records today's findings in a file, so that check reports only new ones."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options

    file_options(parser, "With PATH, --select or --ignore only that part is recorded anew, and the rest is kept.")
    parser.add_argument("--prune", action="store_true", help="only take out what is not found any more")


def run(options: Options) -> int:
    """The exit code: 2 where `--strict` was asked for and something was not judged, else 0."""
    session = Session(options)
    if session.prelude(sys.stdout):
        return 0
    if options.output_file and len(session.found) > 1:
        raise PinlintError("one file holds the baseline of one repository", "leave --output-file out, or name one repository")
    for found, checked in session.checked(""):
        diagnostics = [diagnostic for one in checked for diagnostic in one.diagnostics] + session.aged(found, checked, "")
        recorded(session, found, checked, diagnostics)
    return 2 if session.missed() and options.strict else 0


def _where(session: Session, root: str) -> str:
    """The file that a root's baseline lies in: the one that is asked for, else the one of the configuration. Raises PinlintError
    where a configuration, which may be anybody's, leads elsewhere."""
    from pinlint.baseline import DEFAULT

    if session.options.output_file:
        return session.options.output_file
    name = session.policy(root).baseline or DEFAULT
    if join("", name).startswith(("/", "..")) or os.path.isabs(name):
        raise PinlintError(f"baseline is {name!r}, which leads out of the repository", "name a file below its root")
    return os.path.join(root, name)


def _known(session: Session, path: str, root: str) -> Baseline:
    """What the baseline holds so far. Raises PinlintError for a file that is none, which nobody asked to write over, and for one
    that cannot be kept in part."""
    from pinlint.baseline import Baseline, read

    options = session.options
    part = options.prune or not session.whole(root) or bool(options.select or options.ignore)
    if not os.path.lexists(path):
        if options.prune:
            raise PinlintError(f"there is no baseline {os.path.relpath(path)}", "`pinlint baseline` writes one")
        return Baseline(path, {})
    try:
        known = read(path) if options.output_file else read(os.path.relpath(path, root), root)
    except PinlintError:
        if part or not options.output_file:
            raise
        return Baseline(path, {})
    if known.old is not None and part:
        raise PinlintError(f"{os.path.relpath(path)} was written by an earlier version", "renew all of it first: pinlint baseline")
    return known


def _judged(session: Session, found: Found, checked: list[Checked]) -> Callable[[str, str], bool]:
    """Whether this run looked for what breaks a rule in a file, also in one that is gone."""
    options, policy = session.options, session.policy(found.root)
    whole, files = session.whole(found.root), {one.path for one in checked}
    top = os.path.realpath(found.root)
    folders = [os.path.relpath(os.path.realpath(path), top).replace(os.sep, "/") + "/" for path in options.paths or ["."]]

    def judged(path: str, rule: str) -> bool:
        if rule.startswith(ONLINE) != session.audits or ((options.select or options.ignore) and not policy.at(path).enabled(rule)):
            return False
        return whole or path in files or any(f"{path}/".startswith(folder) for folder in folders)

    return judged


def recorded(session: Session, found: Found, checked: list[Checked], diagnostics: list[Diagnostic]) -> None:
    """Writes what is known of a root from now on, and says so."""
    from pinlint import baseline

    path = _where(session, found.root)
    known, judged = _known(session, path, found.root), _judged(session, found, checked)
    if session.options.prune:
        now = baseline.marked(diagnostics, known, lambda name: os.path.lexists(os.path.join(found.root, name)))
        files = _pruned(known.files, now, judged)
        gone = _total(known.files) - _total(files)
        said = f"{counted(gone, 'finding')} taken out of {os.path.relpath(path)}, {_total(files):,} left"
    else:
        files = baseline.counted(diagnostics)
        for name, counts in known.files.items():
            for subject, count in counts.items():
                if not judged(name, subject.partition(" ")[0]):
                    files.setdefault(name, Counter())[subject] = count
        said = f"{counted(_total(files), 'finding')} recorded in {os.path.relpath(path)}{_heeded(session, found.root, path)}"
    baseline.write(files, path)
    sys.stderr.write(f"{said}\n")


def _pruned(files: Files, now: Marked, judged: Callable[[str, str], bool]) -> Files:
    """What is known, less what a run looked for and did not find, under the names that files have now."""
    called = {old: path for path, old in now.moved.items()}
    left: Files = {}
    for name, counts in files.items():
        gone = now.left.get(name, Counter())
        kept = {one: count - gone[one] if judged(name, one.partition(" ")[0]) else count for one, count in counts.items()}
        left.setdefault(called.get(name, name), Counter()).update({one: count for one, count in kept.items() if count > 0})
    return left


def _total(files: Files) -> int:
    return sum(counts.total() for counts in files.values())


def _heeded(session: Session, root: str, path: str) -> str:
    """What has to be written so that hooks and CI heed a baseline, too; nothing where that is so."""
    policy, name = session.policy(root), os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    if name.startswith("../"):
        return f"; `pinlint --baseline {path}` reports only new ones"
    if policy.baseline and join("", policy.baseline) == name:
        return ""
    source = os.path.relpath(policy.source or os.path.join(root, CONFIGURATIONS[0]))
    where = (
        "below [tool.pinlint] in" if source.endswith("pyproject.toml") else "at the top of" if policy.source else "in a new file"
    )
    return f'; hooks and CI heed it with this line {where} {source}:\nbaseline = "{name}"'

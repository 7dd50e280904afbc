"""`pinlint init`: what a repository needs to be judged from now on, shown as a diff, and written where that is asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pinlint.baseline import DEFAULT
from pinlint.commands import baseline, inventory
from pinlint.errors import PinlintError
from pinlint.executables import lies_in
from pinlint.model import Diagnostic
from pinlint.options import Options
from pinlint.session import Session, counted

if TYPE_CHECKING:
    import argparse

    from pinlint.discover import Found
    from pinlint.proposed import Proposal

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "init [--write] [--from ADDRESS@COMMIT] [PATH]"
ABOUT = "Proposes the policy that fits a repository, a baseline, the hook and the job of its CI.\nWrites nothing without --write."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a directory of the repository (default: .)")
    parser.add_argument("--write", action="store_true", help="write it; nothing that is there is overwritten")
    parser.add_argument(
        "--from",
        dest="origin",
        metavar="ADDRESS@COMMIT",
        help="the pinlint that hooks and CI fetch (default: where this one is from)",
    )


def run(options: Options) -> int:
    """The exit code; raises PinlintError where there is not one repository, or something cannot be written."""
    session = Session(_whole(options))
    if len(session.found) != 1:
        raise PinlintError(f"{', '.join(options.paths or ['.'])} holds no repository with files to check", "name one repository")
    [found] = session.found
    proposals, aside, left = _proposals(session, found, options.origin)
    if not proposals:
        sys.stdout.write("Nothing to propose: this repository has what it needs.\n")
        return 0
    _show(proposals, aside, left)
    if options.write or _agreed(proposals):
        _write(found.root, proposals, aside=bool(aside))
    return 0


def _whole(options: Options) -> Options:
    """The options of a run over all of the root."""
    if len(options.paths) > 1:
        raise PinlintError("init looks at one repository", "name one directory, or none")
    made = Options()
    made.paths = options.paths or ["."]
    return made


def _proposals(session: Session, found: Found, origin: str) -> tuple[list[Proposal], list[Diagnostic], list[Diagnostic]]:
    """(what is proposed, the findings that a baseline sets aside, those that are left)."""
    from pinlint.proposed import Proposal, ci, hook, policy
    from pinlint.proposed.source import source
    from pinlint.schedule import new_tree
    from pinlint.semantics.own_repository import origin as own

    [(_, checked)] = session.checked("")
    findings = [one for file in checked for one in file.diagnostics if not one.suppressed]
    tree, made, aside = new_tree(found.root), list[Proposal](), list[Diagnostic]()
    configured = session.policy(found.root).source
    if configured and lies_in(configured, found.root):
        made_of = os.path.relpath(configured)
        sys.stderr.write(f"pinlint: note: {made_of} says what is required, and stays as it is\n")
    else:
        fitting, left = policy.policy(findings, inventory.pins(session), own(tree))
        made += [fitting] if fitting else []
        aside, findings = (left, []) if fitting and DEFAULT.encode() in fitting.new else ([], left)
    if known := source(origin):
        made += [one for one in (hook.hook(tree, known),) if one]
        made += ci.job(tree, tree.listed(), known)
    else:
        why = "the hook and the job of CI need a repository to fetch pinlint from: --from ADDRESS@COMMIT names one"
        made.append(Proposal("", None, b"", why))
    return made, aside, findings


def _show(proposals: list[Proposal], aside: list[Diagnostic], left: list[Diagnostic]) -> None:
    from pinlint.report import fixes
    from pinlint.report.escapes import visible

    patch = [
        line for one in proposals if one.path for line in fixes.diff(one.path, one.old or b"", one.new, created=one.old is None)
    ]
    fixes.show(b"".join(patch), sys.stdout, log=True)
    for one in proposals:
        sys.stderr.write(f"{visible(one.path or 'by hand')}: {visible(one.why)}\n")
    if aside:
        sys.stderr.write(f"{DEFAULT}: {counted(len(aside), 'finding')}, so that only new ones are reported (not shown here)\n")
    fixable = sum(one.fixable for one in (*aside, *left))
    if fixable:
        first = "has less to set aside" if aside else f"leaves less of the {counted(len(left), 'finding')} that a push fails for"
        sys.stderr.write(f"`pinlint --fix` can mend {fixable:,} of them; whoever does that first {first}.\n")
    elif left:
        sys.stderr.write(f"A push fails for {counted(len(left), 'finding')} until they are mended.\n")


def _agreed(proposals: list[Proposal]) -> bool:
    """Whether somebody at a terminal wants it; elsewhere it is said how."""
    if not any(one.path for one in proposals):
        return False
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("Nothing was written: `pinlint init --write` does that.\n")
        return False
    sys.stderr.write("Write this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _write(root: str, proposals: list[Proposal], *, aside: bool) -> None:
    """Writes what is proposed; a baseline last, of what is found under the new policy."""
    from pinlint.fix.create import create
    from pinlint.fix.places import Unwritten
    from pinlint.fix.write import replace_all

    try:
        for one in proposals:
            if one.path and one.old is None:
                _folder(root, os.path.dirname(one.path))
                create(root, one.path, one.new)
        replace_all(root, [(one.path, one.old, one.new) for one in proposals if one.path and one.old is not None])
    except Unwritten as error:
        raise PinlintError(f"{one.path}: {error}", "what was written before it stands; `git diff` shows that") from None
    sys.stderr.write(f"Wrote {', '.join(one.path for one in proposals if one.path)}.\n")
    if aside:
        options = Options()
        options.paths = [root]
        baseline.run(options)


def _folder(root: str, folder: str) -> None:
    """Makes what is missing of a folder below the root. Raises PinlintError where something else, a link too, has its name."""
    at = root
    for part in folder.split("/") if folder else []:
        at = os.path.join(at, part)
        if os.path.islink(at) or (os.path.lexists(at) and not os.path.isdir(at)):
            raise PinlintError(
                f"{os.path.relpath(at, root)} is no folder of the repository itself", "make one of it, or write the file by hand"
            )
        os.makedirs(at, exist_ok=True)

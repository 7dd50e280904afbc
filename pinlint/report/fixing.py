"""What a run says that fixed, or would: the patch or the findings that are left, and the account.

Knows what goes to which stream; must not know how a fix is made.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from pinlint.checks import ONLINE
from pinlint.report import account, fixes, text
from pinlint.report.wrapped import columns, wrapped
from pinlint.session import shown

if TYPE_CHECKING:
    from pinlint.fix.account import Told
    from pinlint.fix.plans import Patch
    from pinlint.model import Diagnostic
    from pinlint.options import Options
    from pinlint.report.run import Run

__all__ = ["write"]


def write(
    run: Run, told: Sequence[Told], patches: Sequence[tuple[str, Patch]] | None, out: TextIO, options: Options, *, written: bool
) -> None:
    """What people read of a fix. With `patches` they are all that is on `out`; beside a report for programs, too, the account goes
    to standard error."""
    if patches is not None:
        lines = (
            line for root, one in patches for line in fixes.diff(_in_diff(root, one.path), one.old, one.new, created=one.created)
        )
        fixes.show(b"".join(lines), out, log=not options.output_file)
        online = [one for one in run.diagnostics if one.rule.startswith(ONLINE)]
        if online:
            text.write(run._replace(diagnostics=online), sys.stderr, colour=text.coloured(sys.stderr, options.color), summary=False)
    people = options.output_format in ("", "text")
    where = out if people and patches is None else sys.stderr
    if options.quiet:
        if where is out:
            text.write(run, out, colour=text.coloured(out, options.color), summary=False, brief=not options.verbose)
        return
    account.write(told, shown, where, written=written, verbose=options.verbose)
    rest = run._replace(diagnostics=_untried(run, told, written=written))
    if where is out:
        if told:
            out.write("\n")
        text.write(rest, out, colour=text.coloured(out, options.color), brief=not options.verbose, fixed=bool(run.reported()))
    if told or where is not out:
        total = account.total(told, written=written, others=len(rest.diagnostics))
        where.write(wrapped(total, columns(where), "  ") + "\n")


def _untried(run: Run, told: Sequence[Told], *, written: bool) -> list[Diagnostic]:
    """The findings of which the account says nothing."""
    tried = Counter(
        (shown(one.root, one.place.path), one.place.rule, one.now if written else one.place.line, one.place.name)
        for one in told
        if not (one.change and written)
    )
    left = []
    for found in run.reported():
        key = (run.prefix(found.path), found.rule, found.line, found.name)
        if tried[key]:
            tried[key] -= 1
        else:
            left.append(found)
    return left


def _in_diff(root: str, path: str) -> str:
    """The path as a diff names it: in a repository from its root, as git reads it, wherever one stands."""
    return path if os.path.exists(os.path.join(root, ".git")) else shown(root, path)

"""What people read of an audit: how much was asked, how much of it is true, what nobody could tell and why.

Reasons are told once each, with how often they hold. Must not know how anything is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from pinlint.report import text
from pinlint.report.account import Open, reasons, silence
from pinlint.report.wrapped import columns, wrapped
from pinlint.session import counted, shown

if TYPE_CHECKING:
    from pinlint.options import Options
    from pinlint.report.run import Run

__all__ = ["Audit", "account", "sums", "write"]


class Audit(NamedTuple):
    """How many references were asked about and how many are not pinned, how many things were asked and by how many requests (None
    where a record answered), how often each rule was found to be kept, and what nobody could tell."""

    references: int
    unpinned: int
    inquiries: int
    requests: int | None
    true: Mapping[str, int]
    unchecked: Sequence[Open]


def write(run: Run, audit: Audit, options: Options, out: TextIO) -> None:
    """The findings, the account, and the sum of it."""
    colour = text.coloured(out, options.color)
    text.write(run, out, colour=colour, summary=False)
    if not options.quiet:
        account(audit, out, verbose=options.verbose)
        text.counts(run, out, colour=colour)


def account(audit: Audit, out: TextIO, *, verbose: bool) -> None:
    """What could not be checked, by the reason, and how much was asked."""
    if left := list(audit.unchecked):
        out.write(f"Could not be checked {len(left):,}\n")
        if all(one.silent for one in left) and not audit.true:
            silence((one.silent for one in left), out)
            left = left if verbose else []
        reasons(left, shown, out, verbose=verbose)
    for line in sums(audit):
        out.write(f"{wrapped(line, columns(out), '  ')}\n")


def sums(audit: Audit) -> Iterator[str]:
    """How much was asked, and how much of it is true."""
    asked = "a record answered" if audit.requests is None else counted(audit.requests, "request")
    if audit.references:
        kept = ", ".join(f"{count:,} × {rule}" for rule, count in sorted(audit.true.items())) or "nothing"
        questions = counted(audit.inquiries, "question")
        yield f"{counted(audit.references, 'pinned reference')} asked about ({questions}, {asked}); true: {kept}"
    else:
        yield "nothing that is pinned can be asked about"
    if audit.unpinned:
        yield f"{counted(audit.unpinned, 'reference')} not pinned, so there is nothing to verify (`pinlint` lists them)"

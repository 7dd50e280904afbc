"""`pinlint explain CODE`: a rule's page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "explain [--html FILE] CODE [CODE ...]"
ABOUT = "Shows what a rule finds, why it matters and what to write instead."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.add_argument("codes", nargs="+", metavar="CODE", help="a rule: its code (PIN003) or its name (missing-digest)")
    parser.add_argument("--html", metavar="FILE", help="write a page for a browser there")


def run(options: Options) -> int:
    """The exit code; raises PinlintError for an unknown code."""
    if options.html:
        from pinlint.report import html
        from pinlint.streams import report

        with report(options.html) as out:
            html.explained(options.codes, out)
        return 0
    from pinlint.report import pages

    return pages.explain(options.codes, sys.stdout)

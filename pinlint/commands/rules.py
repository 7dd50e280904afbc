"""`pinlint rules`: the list of rules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "rules [--output-format table|json]"
ABOUT = "Lists every rule."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.add_argument("--output-format", choices=("table", "json"), help="default: table")


def run(options: Options) -> int:
    """The exit code, always 0."""
    from pinlint.report import pages

    return pages.rules(options.output_format, sys.stdout)

"""`pinlint formats`: the list of file kinds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "formats [--output-format table|json]"
ABOUT = "Lists every kind of file that is read, and the names that tell it."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.add_argument("--output-format", choices=("table", "json"), help="default: table")


def run(options: Options) -> int:
    """The exit code, always 0."""
    from pinlint.report import pages

    return pages.formats(options.output_format, sys.stdout)

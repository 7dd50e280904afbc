"""`pinlint baseline`: today's findings, recorded."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pinlint.session import Session, counted

if TYPE_CHECKING:
    import argparse

    from pinlint.model import Diagnostic
    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "baseline [options] [PATH ...]"
ABOUT = "Records today's findings in a file, so that check reports only new ones."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options

    file_options(parser)


def run(options: Options) -> int:
    """The exit code: 2 where `--strict` was asked for and something was not judged, else 0."""
    from pinlint.baseline import DEFAULT, record

    session = Session(options)
    diagnostics: list[Diagnostic] = []
    for found, checked in session.checked(""):
        diagnostics += [diagnostic for one in checked for diagnostic in one.diagnostics]
        diagnostics += session.aged(found, checked, "")
    path = options.output_file or DEFAULT
    count = record(diagnostics, path)
    sys.stderr.write(f"{counted(count, 'finding')} recorded in {path}; `pinlint --baseline {path}` reports only new ones\n")
    return 2 if session.missed() and options.strict else 0

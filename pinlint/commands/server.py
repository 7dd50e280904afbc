"""`pinlint server`: findings in an editor, while people type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pinlint.report.extras import needing

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "server [options]"
ABOUT = "Speaks the Language Server Protocol on standard input and output. Asks registries only when somebody wants a pin."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import Codes

    parser.add_argument("--stdio", action="store_true", help="what editors say; there is no other way")
    parser.add_argument("--config", metavar="FILE", help="use this configuration file")
    parser.add_argument("--isolated", action="store_true", help="read no configuration file")
    parser.add_argument("--select", action=Codes, metavar="RULES", help="only these rules")
    parser.add_argument("--extend-select", action=Codes, metavar="RULES", help="these rules too, also such as are off by default")
    parser.add_argument("--ignore", action=Codes, metavar="RULES", help="not these rules")
    parser.add_argument("--show-unknown", action="store_true", help="also what cannot be judged from the files alone")
    parser.add_argument("--resolutions", metavar="FILE", help="answers of a record, shown beside what they are about")


def run(options: Options) -> int:
    """The exit code: 1 where the editor went without a word."""
    with needing("server", "pinlint server"):
        protocol = import_module("pinlint.server.protocol")
    code: int = protocol.serve(options)
    return code

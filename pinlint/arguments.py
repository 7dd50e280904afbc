"""The parser behind the options: names, help texts, usage.

Loaded only when an option is given. Must not know what an option does.
"""

from __future__ import annotations

import argparse
import os
from typing import NoReturn

from pinlint.options import Options

__all__ = ["parse"]

_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
_TABLES = ("table", "json", "jsonl", "csv")


def parse(command: str, arguments: list[str], options: Options) -> Options:
    """`options` with what `arguments` say. Exits 0 after --help and --version, 2 for what is wrong."""
    return _parser(command).parse_args(arguments, namespace=options)


def _parser(command: str) -> argparse.ArgumentParser:
    usage = {
        "check": "pinlint [check] [options] [PATH ...]",
        "inventory": "pinlint inventory [options] [PATH ...]",
        "explain": "pinlint explain CODE [CODE ...]",
        "rules": "pinlint rules [--output-format table|json]",
        "baseline": "pinlint baseline [options] [PATH ...]",
    }
    about = {
        "check": "Finds what is asked for from outside without saying exactly which bytes.\nReads files, never the network.",
        "inventory": "Lists every reference with its verdict.",
        "explain": "Shows what a rule finds, why it matters and what to write instead.",
        "rules": "Lists every rule.",
        "baseline": "Records today's findings in a file, so that check reports only new ones.",
    }
    parser = _Parser(
        "pinlint", usage[command], about[command], _epilog(command), formatter_class=_Formatter, allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )  # fmt: skip
    if command == "explain":
        parser.add_argument("codes", nargs="+", metavar="CODE", help="a rule code, for example PIN003")
    elif command == "rules":
        parser.add_argument("--output-format", choices=("table", "json"), help="default: table")
    else:
        _file_options(parser)
        if command == "check":
            _check_options(parser)
        elif command == "inventory":
            parser.add_argument("--output-format", choices=_TABLES, help="default: table")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    return parser


def _epilog(command: str) -> str:
    more = "commands: check (default), inventory, explain, rules, baseline; `pinlint COMMAND --help` describes each"
    if command in ("explain", "rules"):
        return more
    from pinlint.formats import FORMATS

    kinds = ""
    for format_ in FORMATS:
        held = f" with {' and '.join(mark.decode() for mark in format_.marks)}" if format_.marks else ""
        kinds += f"\n  {format_.title:<35} {', '.join(format_.patterns[:4])}{' …' if format_.patterns[4:] else ''}{held}"
    codes = "\n\nexit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage or configuration"
    return f"file kinds, by name or content:{kinds}{codes if command == 'check' else ''}\n\n{more}"


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal, without asking shutil: argparse asks it at every option, and it loads three compressors."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 0
        super().__init__(prog, max_help_position=28, width=(columns or 100) - 2)


class _Parser(argparse.ArgumentParser):
    """Repeats what was wrong on one line: a file that a shell's pattern or a hook names may be called anything."""

    def error(self, message: str) -> NoReturn:
        from pinlint.report.escapes import clipped, visible

        super().error(clipped(visible(message), 2000))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from pinlint import __version__

        parser.exit(message=f"pinlint {__version__}\n")


def _file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and directories (default: .), or - for standard input")
    group = parser.add_argument_group("which files")
    group.add_argument("--stdin-filename", metavar="NAME", help="the name under which standard input is judged")
    group.add_argument("--force-exclude", action="store_true", help="leave out excluded files even when they are named")
    group.add_argument("--strict", action="store_true", help="exit 2 where a named file is of no kind, or nothing to check")
    group.add_argument("--show-files", action="store_true", help="list the files that would be checked, and exit")
    group = parser.add_argument_group("configuration")
    group.add_argument("--config", metavar="FILE", help="use this configuration file")
    group.add_argument("--isolated", action="store_true", help="read no configuration file")
    group.add_argument("--show-settings", action="store_true", help="print the settings in force, and exit")
    group.add_argument("--select", metavar="CODES", help="only these rules or code prefixes, comma-separated")
    group.add_argument("--extend-select", metavar="CODES", help="these rules too")
    group.add_argument("--ignore", metavar="CODES", help="not these rules")
    group.add_argument("--jobs", type=_jobs, metavar="N", help="at most so many processes (default: one a core)")
    group = parser.add_argument_group("output")
    group.add_argument("--output-file", metavar="FILE", help="write the report there instead of to standard output")


def _jobs(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def _age(text: str) -> int:
    from pinlint.cooldown import seconds

    found = seconds(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 3d, 72h or 2w")
    return found


def _check_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("findings")
    group.add_argument("--output-format", choices=_FORMATS, help="default: text")
    group.add_argument("--fail-on", choices=("error", "warning", "never"), help="least severity that exits 1 (default: warning)")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever is found")
    group.add_argument("--baseline", metavar="FILE", help="do not report what this file holds (see pinlint baseline)")
    group.add_argument("--show-unknown", action="store_true", help="also list what cannot be judged from the files alone")
    group.add_argument("--statistics", action="store_true", help="counts by rule instead of findings")
    group.add_argument("--quiet", "-q", action="store_true", help="findings only, no summary")
    group = parser.add_argument_group("fixing (the only thing that asks registries)")
    group.add_argument("--fix", action="store_true", help="resolve what is not pinned and write the pins")
    group.add_argument("--diff", action="store_true", help="show what --fix would write, write nothing; exit 1 if there is a diff")
    group.add_argument("--unsafe-fixes", action="store_true", help="also fixes that may change what runs")
    group.add_argument("--fix-only", metavar="CODES", help="fix only these rules or code prefixes")
    group.add_argument("--min-age", type=_age, metavar="TIME", help="choose no release younger than this: 3d, 72h, 2w")
    group.add_argument("--no-progress", action="store_true", help="show no progress bar on the terminal")
    group.add_argument("--save-resolutions", metavar="FILE", help="record what was asked and answered")
    group.add_argument("--resolutions", metavar="FILE", help="take the answers from such a record, ask nobody")

"""The command line: parse, call, print, return.

Everything worth testing lives elsewhere; what a run does not need is not imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from pinlint.errors import PinlintError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

_COMMANDS = ("check", "inventory", "explain", "rules", "baseline")
_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
_TABLES = ("table", "json", "jsonl", "csv")


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 clean, 1 findings at or above `--fail-on`, 2 wrong usage, configuration or an internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = arguments.pop(0) if arguments and arguments[0] in _COMMANDS else "check"
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a path may hold any bytes, and a report must never die of one
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "surrogateescape")
    try:
        return _run(command, arguments)
    except PinlintError as error:
        print(f"pinlint: error: {error}" + (f" ({error.hint})" if error.hint else ""), file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _run(command: str, arguments: list[str]) -> int:
    options = _parser(command).parse_args(arguments)
    if command in ("explain", "rules"):
        from pinlint.report import pages

        return pages.explain(options.codes, sys.stdout) if command == "explain" else pages.rules(options.output_format, sys.stdout)
    from pinlint import session

    runner: Callable[[argparse.Namespace], int] = getattr(session, command)
    return runner(options)


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
    parser = argparse.ArgumentParser(
        "pinlint", usage[command], about[command], _epilog(command), formatter_class=_Formatter, allow_abbrev=False
    )  # fmt: skip
    if command == "explain":
        parser.add_argument("codes", nargs="+", metavar="CODE", help="a rule code, for example PIN003")
    elif command == "rules":
        parser.add_argument("--output-format", choices=("table", "json"), default="table")
    else:
        _file_options(parser)
        if command == "check":
            _check_options(parser)
        elif command == "inventory":
            parser.add_argument("--output-format", choices=_TABLES, default="table")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    return parser


def _epilog(command: str) -> str:
    more = "commands: check (default), inventory, explain, rules, baseline; `pinlint COMMAND --help` describes each"
    if command in ("explain", "rules"):
        return more
    from pinlint.formats import FORMATS

    names = {format_.title: ", ".join(format_.patterns[:4]) + (" …" if format_.patterns[4:] else "") for format_ in FORMATS}
    kinds = "".join(f"\n  {title:<35} {patterns}" for title, patterns in names.items())
    codes = "\n\nexit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage or configuration"
    return f"file kinds, by name:{kinds}{codes if command == 'check' else ''}\n\n{more}"


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal, without asking shutil: argparse asks it at every option, and it loads three compressors."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 0
        super().__init__(prog, max_help_position=28, width=(columns or 100) - 2)


class _Help(argparse.HelpFormatter):
    """A fixed width: asking for the terminal's would import shutil and three compression libraries at every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from pinlint import __version__

        parser.exit(message=f"pinlint {__version__}\n")


def _file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and directories (default: .), or - for standard input")
    group = parser.add_argument_group("which files")
    group.add_argument("--stdin-filename", metavar="NAME", help="the name under which standard input is judged")
    group.add_argument("--force-exclude", action="store_true", help="leave out excluded files even when they are named")
    group.add_argument("--show-files", action="store_true", help="list the files that would be checked, and exit")
    group = parser.add_argument_group("configuration")
    group.add_argument("--config", metavar="FILE", default="", help="use this configuration file")
    group.add_argument("--isolated", action="store_true", help="read no configuration file")
    group.add_argument("--show-settings", action="store_true", help="print the settings in force, and exit")
    group.add_argument("--select", metavar="CODES", default="", help="only these rules or code prefixes, comma-separated")
    group.add_argument("--extend-select", metavar="CODES", default="", help="these rules too")
    group.add_argument("--ignore", metavar="CODES", default="", help="not these rules")
    group.add_argument("--jobs", type=_jobs, metavar="N", default=0, help="at most so many processes (default: one a core)")
    group = parser.add_argument_group("output")
    group.add_argument("--output-file", metavar="FILE", default="", help="write the report there instead of to standard output")


def _jobs(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def _check_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("findings")
    group.add_argument("--output-format", choices=_FORMATS, default="text")
    group.add_argument("--fail-on", choices=("error", "warning", "never"), help="least severity that exits 1 (default: warning)")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever is found")
    group.add_argument("--baseline", metavar="FILE", default="", help="do not report what this file holds (see pinlint baseline)")
    group.add_argument("--show-unknown", action="store_true", help="also list what cannot be judged from the files alone")
    group.add_argument("--statistics", action="store_true", help="counts by rule instead of findings")
    group.add_argument("--quiet", "-q", action="store_true", help="findings only, no summary")

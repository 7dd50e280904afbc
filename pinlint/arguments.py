"""The parser behind the options: names, help texts, usage.

Loaded only when an option is given. Must not know what an option does.
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from pinlint.commands import COMMANDS
from pinlint.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FORMATS", "REVIEWS", "Codes", "age", "file_options", "finding_options", "number", "parse", "some"]

#: Formats of findings, and of the changes that some commands propose.
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "html")
REVIEWS = ("github-review", "gitlab-review")

#: What an option says that has no value behind a `=`: a path may follow it.
_ALONE = {"--deep": 3}


def parse(command: str, arguments: list[str], options: Options) -> Options:
    """`options` with what `arguments` say. Exits 0 after --help and --version, 2 for what is wrong."""
    module = import_module(f"pinlint.commands.{command}")
    first, *others = COMMANDS
    words = f"{first} (default), {', '.join(others[:8])},\n  {', '.join(others[8:])}"
    parser = _Parser(
        "pinlint", f"pinlint {module.USAGE}", module.ABOUT,
        f"commands: {words}; `pinlint COMMAND --help` describes each",
        formatter_class=_Formatter, allow_abbrev=False, argument_default=argparse.SUPPRESS,
    )  # fmt: skip
    module.arguments(parser)
    if arguments[:1] and arguments[0] in getattr(module, "WORDS", ()):  # argparse wants no option between it and the paths
        options.what, *arguments = arguments
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    return parser.parse_args([f"{one}={_ALONE[one]}" if one in _ALONE else one for one in arguments], namespace=options)


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

        _, unknown, words = message.partition("unrecognized arguments: ")
        meant = [_meant(word.partition("=")[0], self._option_string_actions) for word in words.split()] if unknown else []
        super().error(clipped(visible("; ".join([message, *filter(None, meant)])), 2000))


def _meant(word: str, options: Iterable[str]) -> str:
    """The option that a mistyped one may stand for, as a question; "" where none is near."""
    from difflib import get_close_matches

    close = get_close_matches(word, options, 1, 0.7) if word.startswith("--") else []
    return f"did you mean {close[0]}?" if close else ""


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from pinlint import __version__

        parser.exit(message=f"pinlint {__version__}\n")


class Codes(argparse.Action):
    """Rules, with commas between them; given again it adds to what was given."""

    def __call__(self, _: argparse.ArgumentParser, namespace: object, values: object, *__: object) -> None:
        """Keeps the rules as one text."""
        before = getattr(namespace, self.dest, "")
        setattr(namespace, self.dest, f"{before},{values}" if before else values)


def file_options(parser: argparse.ArgumentParser, more: str = "", *, stdin: bool = True) -> None:
    """Adds what every command over files takes. `more` is said at the end of its help, and of `stdin` only where it is read."""
    parser.epilog = "\n\n".join(part for part in (more, parser.epilog) if part)
    group = parser.add_argument_group("which files (`pinlint formats` lists the kinds)")
    paths = "files and directories (default: .)"
    group.add_argument("paths", nargs="*", metavar="PATH", help=f"{paths}, or - for standard input" if stdin else paths)
    under = "the name under which standard input is judged" if stdin else argparse.SUPPRESS
    group.add_argument("--stdin-filename", metavar="NAME", help=under)
    group.add_argument("--rev", metavar="REV", help="the files of this commit, also in a bare repository")
    group.add_argument("--force-exclude", action="store_true", help="leave out excluded files even when they are named")
    group.add_argument("--strict", action="store_true", help="exit 2 where a named file is of no kind, or nothing to check")
    group.add_argument("--show-files", action="store_true", help="list the files that would be checked, and exit")
    group = parser.add_argument_group("configuration and output")
    group.add_argument("--config", metavar="FILE", help="use this configuration file")
    group.add_argument("--isolated", action="store_true", help="read no configuration file")
    group.add_argument("--show-settings", action="store_true", help="print the settings in force, and exit")
    group.add_argument(
        "--select", action=Codes, metavar="RULES", help="only these rules: codes, prefixes of codes or names, with commas"
    )
    group.add_argument("--extend-select", action=Codes, metavar="RULES", help="these rules too, also such as are off by default")
    group.add_argument("--ignore", action=Codes, metavar="RULES", help="not these rules")
    group.add_argument("--jobs", type=number, metavar="N", help="at most so many processes (default: one a core)")
    group.add_argument("--color", choices=("auto", "always", "never"), help="default: auto, which is on a terminal")
    group.add_argument("--output-file", metavar="FILE", help="write the report there instead of to standard output")


def finding_options(parser: argparse.ArgumentParser, formats: tuple[str, ...] = FORMATS) -> argparse._ArgumentGroup:
    """Adds what every command takes that reports findings, in one of some formats, of which the first is the usual one."""
    group = parser.add_argument_group("findings")
    group.add_argument("--output-format", choices=formats, help=f"default: {formats[0]}")
    group.add_argument("--fail-on", choices=("error", "warning", "never"), help="least severity that exits 1 (default: warning)")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever is found")
    group.add_argument("--baseline", metavar="FILE", help="do not report what this file holds (see pinlint baseline)")
    group.add_argument(
        "--include-suppressed", action="store_true", help="also those that comments, [[ignores]] or a baseline hide (json, sarif)"
    )
    group.add_argument("--no-ignores", action="store_true", help="also what comments, the configuration or its baseline hide")
    group.add_argument("--statistics", action="store_true", help="counts by rule instead of findings")
    group.add_argument("--quiet", "-q", action="store_true", help="findings only, no summary, no account of what was done")
    group.add_argument("--verbose", action="store_true", help="the account of what was done tells of each place")
    return group


def number(text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def some(text: str) -> int:
    """A whole number that is not 0."""
    if not number(text):
        raise argparse.ArgumentTypeError("a number of at least 1 is wanted")
    return int(text)


def age(text: str) -> int:
    """Seconds, as `--min-age` takes them."""
    from pinlint.cooldown import seconds

    found = seconds(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 3d, 72h or 2w")
    return found

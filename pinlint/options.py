"""The options of the command line: their defaults, and the parser that explains them.

A run that gives only paths and switches never loads argparse, which costs a third of an interpreter's start.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pinlint.commands import COMMANDS
from pinlint.errors import PinlintError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Options", "chosen", "parse"]

#: Options of `check` that take no value, and which hooks and CI jobs give: they need no parser.
_SWITCHES = {
    "--exit-zero": "exit_zero", "--force-exclude": "force_exclude", "--include-suppressed": "include_suppressed",
    "--isolated": "isolated", "--no-ignores": "no_ignores", "--no-progress": "no_progress",
    "--quiet": "quiet", "-q": "quiet", "--verbose": "verbose", "--show-unknown": "show_unknown", "--strict": "strict",
}  # fmt: skip


class Options:
    """What the command line says, by the names of its options; the values below hold where it says nothing.

    `output_format` "" is the command's first one. `jobs` 0 is one process a core, where it is worth it.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.codes: list[str] = []
        self.html = ""
        self.write = False
        self.origin = ""
        self.stdin_filename = ""
        self.rev = ""
        self.since = ""
        self.force_exclude = False
        self.show_files = False
        self.config = ""
        self.isolated = False
        self.show_settings = False
        self.select = ""
        self.extend_select = ""
        self.ignore = ""
        self.jobs = 0
        self.output_file = ""
        self.color = "auto"
        self.output_format = ""
        self.fail_on = ""
        self.exit_zero = False
        self.baseline = ""
        self.prune = False
        self.archived = False
        self.show_unknown = False
        self.include_suppressed = False
        self.no_ignores = False
        self.statistics = False
        self.quiet = False
        self.verbose = False
        self.strict = False
        self.what = ""
        self.shell = ""
        self.ask = False
        self.fix = False
        self.diff = False
        self.unsafe_fixes = False
        self.fix_only = ""
        self.min_age: int | None = None
        self.no_progress = False
        self.resolutions = ""
        self.save_resolutions = ""
        self.deep = 0
        self.max_requests = 0
        self.record_baseline = False
        self.action = ""
        self.sources: list[str] = []
        self.into = ""
        self.from_ = ""
        self.engine = ""
        self.scheduler = ""
        self.timeout = 0
        self.name = ""
        self.at: Sequence[str] = ()
        self.loose = False
        self.question = ""
        self.scan = 0


def chosen(arguments: list[str]) -> tuple[str, list[str]]:
    """(the command, what is left of the arguments). Raises PinlintError where its word may also be the first of several paths, as a
    shell's pattern or a hook gives them: to record or list findings instead of judging them would pass everything."""
    if not arguments or arguments[0] not in COMMANDS:
        return COMMANDS[0], arguments
    command, *rest = arguments
    if os.path.lexists(command):
        if command != COMMANDS[0] and rest and rest[0][:1] not in ("-", ".", "/") and os.path.lexists(rest[0]):
            raise PinlintError(
                f"{command} is a command and also a path",
                f"write ./{command} for the path; {command} --help says what the command takes",
            )
        sys.stderr.write(f"pinlint: note: {command} is the command; ./{command} is the path of that name\n")
    return command, rest


def parse(command: str, arguments: list[str]) -> Options:
    """The options that `arguments` give to `command`. Exits 0 after --help and --version, 2 for what is wrong."""
    _refuse_disguised(arguments)
    options = Options()
    given = {argument for argument in arguments if argument.startswith("-")}
    if command == "check" and given <= _SWITCHES.keys():
        options.paths = [argument for argument in arguments if argument not in given]
        for switch in given:
            setattr(options, _SWITCHES[switch], True)
        return options
    from pinlint import arguments as parser

    return parser.parse(command, arguments, options)


def _refuse_disguised(arguments: list[str]) -> None:
    """Raises PinlintError for an option that is also the name of a file or directory: hooks and shells hand on whatever names a
    repository holds, `--config=x/Dockerfile` among them."""
    for argument in arguments:
        if argument == "--":
            return
        if argument[:1] == "-" and argument != "-" and os.path.lexists(argument):
            raise PinlintError(f"{argument} is an option and also a path", f"write ./{argument} for the path, or rename it")

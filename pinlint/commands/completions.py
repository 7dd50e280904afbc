"""`pinlint completions`: what a shell needs to complete pinlint's words, made of the parsers themselves."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from pinlint.commands import COMMANDS
from pinlint.report.extras import needing

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

_SHELLS = ("bash", "zsh", "fish")
USAGE = f"completions {'|'.join(_SHELLS)}"
ABOUT = "Prints what a shell needs to complete commands, options, rules and files."
#: What an option takes by its metavar: a file, or a path of either kind.
_FILES = ("FILE", "NAME", "PATH")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.add_argument("shell", choices=_SHELLS, help="the shell that is to complete")


def run(options: Options) -> int:
    """The exit code, always 0."""
    with needing("completions", "pinlint completions"):
        shtab = import_module("shtab")
    sys.stdout.write(shtab.complete(_parser(shtab.FILE), options.shell))
    return 0


def _parser(file: object) -> argparse.ArgumentParser:
    """One parser for every command; what stands before any is an option of the first. `file` is what marks a path."""
    from argparse import ArgumentParser

    parser = ArgumentParser("pinlint", add_help=True)
    _described(parser, COMMANDS[0], file, alone=True)
    commands = parser.add_subparsers(metavar="COMMAND")
    for command in COMMANDS:
        about = import_module(f"pinlint.commands.{command.replace('-', '_')}").ABOUT
        _described(commands.add_parser(command, help=" ".join(about.split())), command, file)
    return parser


def _described(parser: argparse.ArgumentParser, command: str, file: object, *, alone: bool = False) -> None:
    """Adds the options of a command to a parser, of one that stands `alone` those without its paths."""
    module = import_module(f"pinlint.commands.{command.replace('-', '_')}")
    if words := getattr(module, "WORDS", ()):
        parser.add_argument("what", choices=words)
    module.arguments(parser)
    for action in list(parser._actions):  # noqa: SLF001 - nobody else knows them
        if alone and not action.option_strings:
            parser._remove_action(action)  # noqa: SLF001
        elif action.metavar in _FILES:
            action.complete = file  # type: ignore[attr-defined]
        elif action.metavar in ("RULES", "CODE"):
            action.choices = _rules()


def _rules() -> list[str]:
    from pinlint.rulebook import codes

    return list(codes())

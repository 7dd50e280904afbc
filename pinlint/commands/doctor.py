"""`pinlint doctor`: whom a fix would ask, as whom and by which way. Nothing is sent, and no login is said."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pinlint.session import Session, counted

if TYPE_CHECKING:
    import argparse

    from pinlint.fix.consulted import Consulted
    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "doctor [options] [PATH ...]"
ABOUT = "Says which registries, logins and proxies --fix would use. Sends nothing, and says no login."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options

    file_options(parser, "What a registry leads to (its tokens, its mirrors, its files) is asked as well, and not known before.")
    parser.add_argument("--unsafe-fixes", action="store_true", help="also what fixes would ask that may change what runs")


def run(options: Options) -> int:
    """The exit code."""
    from pinlint.fix import consulted

    session = Session(options)
    if session.prelude(sys.stdout):
        return 0
    found = consulted.consulted(session)
    for one in found:
        sys.stdout.write(_told(one))
    if not found:
        sys.stdout.write("Nobody would be asked: nothing here lacks a pin that a registry could name.\n")
    from pinlint.report.escapes import visible

    for name in (form for one in consulted.VARIABLES for form in (one, one.lower())):
        if value := os.environ.get(name):
            sys.stdout.write(f"{name} is set: {visible(value)}\n")
    return 0


def _told(one: Consulted) -> str:
    from pinlint.report.escapes import visible

    logins = "; ".join(map(_at_home, one.logins)) or "none is known"
    lines = [
        f"{one.address}",
        f"    for     {', '.join(one.kinds)} ({counted(one.questions, 'name')})",
        f"    login   {logins}",
        f"    way     {one.proxy or 'direct'}" + (f", certificates of {', '.join(map(_at_home, one.files))}" if one.files else ""),
    ]
    return "".join(f"{visible(line)}\n" for line in lines)


def _at_home(path: str) -> str:
    home = os.path.expanduser("~")
    return path.replace(f"{home}/", "~/") if len(home) > 1 else path

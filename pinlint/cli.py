"""The command line: parse, call, print, return.

Everything worth testing lives elsewhere; what a run does not need is not imported.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING

from pinlint.errors import PinlintError
from pinlint.options import COMMANDS, Options, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 clean, 1 findings at or above `--fail-on`, 2 wrong usage, configuration or an internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = arguments.pop(0) if arguments and arguments[0] in COMMANDS else "check"
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a path may hold any bytes and a message any character: no report dies of one
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    collecting = gc.isenabled()
    gc.disable()  # a short run that builds large trees: looking for cycles would cost it a third of its time
    atexit.register(gc.freeze)  # nor is there anything to gain from looking through all modules at the end
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
    finally:
        if collecting:
            gc.enable()


def _run(command: str, arguments: list[str]) -> int:
    options = parse(command, arguments)
    if command in ("explain", "rules"):
        from pinlint.report import pages

        return pages.explain(options.codes, sys.stdout) if command == "explain" else pages.rules(options.output_format, sys.stdout)
    from pinlint import session

    runner: Callable[[Options], int] = getattr(session, command)
    return runner(options)

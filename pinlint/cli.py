"""The command line: parse, call, print, return.

Everything worth testing lives elsewhere; what a run does not need is not imported.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from pinlint import errors
from pinlint.errors import PinlintError
from pinlint.options import Options, chosen, parse
from pinlint.streams import Closed, Outlet, Unwritable, standard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 clean, 1 findings at or above `--fail-on`, 2 wrong usage, configuration, an internal error, or a report that
    could not be written. Without `argv` it is the program itself, which ends with that code: `python -m zipapp -m pinlint.cli:main`
    asks for no more, and a code that gets lost would pass everything."""
    if argv is None:
        _in_utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    collecting = gc.isenabled()
    gc.disable()  # a short run that builds large trees: looking for cycles would cost it a third of its time
    atexit.register(gc.freeze)  # nor is there anything to gain from looking through all modules at the end
    try:
        with standard() as (out, err):
            code = _ended(arguments, out, err)
    finally:
        if collecting:
            gc.enable()
    if argv is None:
        sys.exit(code)
    return code


def _in_utf8() -> None:
    """Begins anew where the locale has Python read names of files as something else, as it would not by itself from 3.15 on: files
    name each other in UTF-8, and reports and baselines are to say the same everywhere."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - this program itself


def _ended(arguments: list[str], out: Outlet, err: Outlet) -> int:
    """The exit code; why it is 2 is said on standard error, on one line."""
    try:
        try:
            return _run(arguments)
        finally:
            out.flush()
            err.flush()
    except KeyboardInterrupt as error:  # which says what is left, where whoever was interrupted knows
        mending = sys.modules.get("pinlint.fix.mend")
        written = "; each file is as it was or fixed, and `git diff` shows which" if getattr(mending, "writing", False) else ""
        return _said(err, f"interrupted{str(error) or written or ', nothing written'}", 130)
    except Closed:
        return 141  # as a program has it that the system ends for writing to a closed pipe
    except PinlintError as error:
        why = f"{error}" + (f" ({error.hint})" if error.hint else "")
    except Unwritable as error:
        why = f"{error}"
    except OSError as error:
        why = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    except Exception as error:  # noqa: BLE001 - a traceback would quote files, and the exit code would say that there are findings
        why = f"pinlint failed: {errors.failure(error)}; tell those who gave you pinlint, with this line"
    from pinlint.report.escapes import clipped, visible

    return _said(err, f"error: {clipped(visible(why), 2000)}", 2)


def _said(err: Outlet, why: str, code: int) -> int:
    """The exit code, the reason for which is the last that is said."""
    with suppress(Unwritable, Closed):
        err.write(f"pinlint: {why}\n")
        err.flush()
    return code


def _run(arguments: list[str]) -> int:
    command, arguments = chosen(arguments)
    options = parse(command, arguments)
    runner: Callable[[Options], int] = import_module(f"pinlint.commands.{command}").run
    return runner(options)

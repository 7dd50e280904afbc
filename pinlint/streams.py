"""Where a run writes: standard output, standard error and the file that the user names.

Whatever writes there can do no harm by a character that it forgot to escape, and what could not be written is never passed over:
the run ends with exit code 2. Must not know what is written.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from pinlint.errors import PinlintError

__all__ = ["Closed", "Outlet", "Unwritable", "opened", "report", "standard", "standard_input"]

#: What pinlint itself says to a terminal: the colours of the report for people, and how the line about progress is taken back.
_OURS = "\x1b\\[(?:[012]|1;3[136])m|\r\x1b\\[K"


class Unwritable(Exception):
    """Something that was to be said and could not be; str() says what."""


class Closed(Exception):
    """Nobody reads standard output any more, and has seen enough."""


class Outlet:
    """A text stream that escapes what controls a terminal, and that says by an exception of its own that it cannot be written.
    `name` is what people call it."""

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self._stream = stream
        self.name = name

    def write(self, text: str) -> int:
        """The length of `text`, all of which is written. Raises Unwritable, and Closed where the reader of a pipe has gone."""
        if not text.replace("\n", "").replace("\t", "").isprintable():
            text = re.sub(f"({_OURS})|[^ -~\n\t]", _escape, text)
        if "##" in text:  # also where two stretches that are harmless meet
            text = re.sub(r"##(?=\w*\[)", r"#\\x23", text)
        if self._stream is None:
            raise self._failure(None)
        try:
            self._stream.write(text)
        except (OSError, ValueError) as error:
            raise self._failure(error) from None
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Each of the lines, as `write` does."""
        for line in lines:
            self.write(line)

    def write_bytes(self, data: bytes) -> None:
        """The bytes as they are: for what a program is to read."""
        if self._stream is None:
            raise self._failure(None)
        try:
            self._stream.flush()
            if hasattr(self._stream, "buffer"):
                self._stream.buffer.write(data)
                self._stream.buffer.flush()
            else:
                self._stream.write(data.decode("utf-8", "surrogateescape"))
        except (OSError, ValueError) as error:
            raise self._failure(error) from None

    def flush(self) -> None:
        """Everything so far on its way."""
        try:
            if self._stream is not None:
                self._stream.flush()
        except (OSError, ValueError) as error:
            raise self._failure(error) from None

    def isatty(self) -> bool:
        """Whether a person sees it at once."""
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    def fileno(self) -> int:
        """Its descriptor. Raises OSError where it has none."""
        if self._stream is None:
            raise OSError("closed")
        return self._stream.fileno()

    def end(self) -> None:
        """What is left of it gets lost without a word when the interpreter ends, if it cannot be written: all is said by then."""
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    @property
    def closed(self) -> bool:
        """Whether there is nothing to write to."""
        return self._stream is None or self._stream.closed

    def _failure(self, error: OSError | ValueError | None) -> Exception:
        """What is raised instead of an error of the stream; None for a stream that is not there."""
        if error is None:
            return Unwritable(f"{self.name} is closed")
        if isinstance(error, BrokenPipeError):
            return Closed()
        return Unwritable(f"{self.name} cannot be written: {getattr(error, 'strerror', None) or error}")


def _escape(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    from pinlint.report.escapes import visible

    return visible(match[0])


@contextmanager
def standard() -> Iterator[tuple[Outlet, Outlet]]:
    """Standard output and standard error as outlets, for everybody who writes there."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):  # a path may hold any bytes and a message any character: no report dies of one
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    out, err = Outlet(sys.stdout, "standard output"), Outlet(sys.stderr, "standard error")
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before
        out.end()
        err.end()


def standard_input(limit: int) -> bytes:
    """All of it; of what is longer one byte more than the limit. Raises PinlintError where there is none."""
    hint = "pinlint - --stdin-filename services/api/Dockerfile < FILE"
    if sys.stdin is None:
        raise PinlintError("standard input is closed", hint)
    try:
        return sys.stdin.buffer.read(limit + 1)
    except OSError as error:
        raise PinlintError(f"standard input cannot be read: {error.strerror}", hint) from None


@contextmanager
def report(path: str) -> Iterator[TextIO]:
    """Where a report goes: the file that `opened` gives, or standard output where none is named."""
    if path:
        with opened(path) as out:
            yield out
    elif sys.stdout.closed:
        raise PinlintError("standard output is closed", "--output-file FILE writes the report to a file")
    else:
        yield sys.stdout


@contextmanager
def opened(path: str) -> Iterator[TextIO]:
    """The file that the user names, empty, to be written. Raises PinlintError where it cannot be opened, and where a link in a
    repository, which anybody may have put there, leads out of it."""
    from pinlint.roots import root_of

    full = os.path.abspath(path)
    root = root_of(os.path.dirname(full))
    real = os.path.realpath(full)
    if root is not None and not real.startswith(os.path.join(os.path.realpath(root), "")):
        raise PinlintError(f"{path} leads out of the repository by a link", "remove the link, or name the file that you mean")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | (getattr(os, "O_NOFOLLOW", 0) if root is not None else 0)
        descriptor = os.open(full if root is None else real, flags, 0o666)
    except OSError as error:
        raise PinlintError(f"{path} cannot be written: {error.strerror}", "name a file in a directory that exists") from None
    file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    outlet = Outlet(file, path)
    try:
        yield cast("TextIO", outlet)
        outlet.flush()
    finally:
        with suppress(OSError):
            file.close()

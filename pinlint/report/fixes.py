"""The diff of a fix, and its account for programs."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from pinlint.errors import PinlintError
from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from pinlint.fix.account import Told

__all__ = ["diff", "records", "show"]


def diff(path: str, old: bytes, new: bytes, *, created: bool) -> Iterator[bytes]:
    """The lines of a unified diff that `git apply` takes, byte for byte."""
    name = _quoted(path)
    yield f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n".encode() if name else b""
    if created:
        yield b"new file mode 100644\n"
    before = b"/dev/null" if created else _quoted("a/" + path).encode()
    some, others = _lines(old.split(b"\n")), _lines(new.split(b"\n"))
    for line in difflib.diff_bytes(difflib.unified_diff, some, others, before, _quoted("b/" + path).encode()):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


#: A context line that GitHub's runner obeys, and what it, Azure's agent and TeamCity obey anywhere in a line (see `escapes`).
_ORDER = rb"(?m)(?:^ |\r)[^\x21-\x7e\n]*::|##\w*\["


def show(patch: bytes, out: TextIO, *, log: bool) -> None:
    """Writes a patch. A terminal gets text that can do it no harm; everybody else gets every byte, as `git apply` needs it. In the
    log of a job on GitHub it stands between two lines, which `git apply` passes over, that keep the runner from obeying it. Raises
    PinlintError where a server could not be kept from that."""
    if out.isatty():
        out.writelines(visible(line) + "\n" for line in patch.decode("utf-8", "surrogateescape").split("\n")[:-1])
        return
    before = after = b""
    if log and re.search(_ORDER, patch):
        if os.environ.get("TF_BUILD") or os.environ.get("TEAMCITY_VERSION"):
            raise PinlintError("this CI server would obey a line of the patch", "--output-file FILE keeps it out of the log")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            token = os.urandom(16).hex()
            before, after = f"::stop-commands::{token}\n".encode(), f"::{token}::\n".encode()
    out.flush()
    write = getattr(out, "write_bytes", None) or out.buffer.write
    write(before + patch + after)


def _lines(parts: list[bytes]) -> list[bytes]:
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(path: str) -> str:
    """The path as git writes it in a diff: quoted with octal escapes where it holds anything unusual."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(32 < byte < 127 and byte not in b'"\\' for byte in raw):
        return path
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in raw) + '"'


def records(told: Iterable[Told], shown: Callable[[str, str], str]) -> list[dict[str, object]]:
    """Every fix and every failure to fix for programs: flat, in order."""
    return [
        {
            "path": visible(shown(one.root, one.file)), "line": one.place.line, "column": one.place.column,
            "rule": one.place.rule, "kind": one.place.kind, "name": visible(one.place.name), "version": visible(one.version),
            "digests": [visible(digest) for digest in one.digests], "why": visible(one.why), "retry": one.retry,
        }
        for one in told
    ]  # fmt: skip

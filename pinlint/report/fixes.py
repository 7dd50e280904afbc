"""What was fixed and what was not, and the diff of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from pinlint.fix import Fix, Patch
    from pinlint.fix.mend import Mended

__all__ = ["diff", "summary"]


def diff(patch: Patch, path: str) -> Iterator[bytes]:
    """The lines of a unified diff that `git apply` takes, byte for byte; nothing where nothing changed."""
    if patch.new == patch.old:
        return
    name = _quoted(path)
    yield f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n".encode() if name else b""
    if patch.created:
        yield b"new file mode 100644\n"
    old, new = patch.old.split(b"\n"), patch.new.split(b"\n")
    before = b"/dev/null" if patch.created else _quoted("a/" + path).encode()
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(old), _lines(new), before, _quoted("b/" + path).encode())
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(parts: list[bytes]) -> list[bytes]:
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _quoted(path: str) -> str:
    """The path as git writes it in a diff: quoted with octal escapes where it holds anything unusual."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(32 < byte < 127 and byte not in b'"\\' for byte in raw):
        return path
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in raw) + '"'


def summary(mended: list[Mended], shown: Callable[[str, str], str], out: TextIO, *, written: bool) -> None:
    """The account: what was fixed where, what was not and why."""
    fixed = [(shown(one.root, path), fix) for one in mended for path, fix in one.fixed]
    unfixed = [(shown(one.root, path), fix) for one in mended for path, fix in one.unfixed]
    if fixed:
        files = len({path for path, _ in fixed})
        out.write(f"{'Fixed' if written else 'Would fix'} {len(fixed)} in {files} file{'s' if files != 1 else ''}\n")
        out.writelines(f"  {visible(path)}:{fix.attempt.place.line}  {_change(fix)}\n" for path, fix in fixed)
    if unfixed:
        out.write(f"Not fixed {len(unfixed)}\n")
        out.writelines(f"  {visible(path)}:{fix.attempt.place.line}  {visible(fix.why)}\n" for path, fix in unfixed)


def _change(fix: Fix) -> str:
    pin = fix.pin
    assert pin is not None
    if fix.attempt.finding.reference is None:
        return visible(f"{pin.version} → {pin.digests[0][:19]}…")
    reference = fix.attempt.reference
    name = reference.artifact.name.rpartition("/")[2]
    asked = reference.version.partition("@")[0]
    return visible(f"{name}{':' + asked if asked else ''} → {name}:{pin.version}@{pin.digests[0][:14]}…")

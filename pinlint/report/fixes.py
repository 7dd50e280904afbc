"""What was fixed and what was not, and the diff of it."""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.errors import PinlintError
from pinlint.model import Remedy, Replacement
from pinlint.pins import NoPin
from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from pinlint.fix import Fix, Patch
    from pinlint.fix.mend import Mended
    from pinlint.model import Diagnostic

__all__ = ["diff", "key", "records", "remedies", "show", "summary"]

#: Lines for one file before they become one; columns of the first column.
_LISTED, _WIDEST = 8, 48


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


Key = tuple[str, str, int, int, str]


def key(found: Diagnostic) -> Key:
    """What tells a finding from every other one of a root; a file has one that is about all that is installed together."""
    if found.rule == "PIN007" and not found.name:
        return found.rule, found.path, 0, 0, ""
    return found.rule, found.path, found.line, found.column, found.name


def remedies(one: Mended) -> Iterator[tuple[Key, Remedy]]:
    """What would be written for each finding of a root. Files that are changed together are one remedy for a finding that is about
    all of them; for one about a place in them it is what is written for that place."""
    for patch in one.patches:
        for fix in patch.fixes:
            if fix.pin is not None:
                yield key(fix.attempt.place), Remedy(_change(fix), tuple(_replacements(patch, fix)))
    sets = {patch.together: [other for other in one.patches if other.path in patch.together] for patch in one.patches}
    for together, patches in sets.items():
        count = sum(len(patch.fixes) for patch in patches)
        made = tuple(replacement for patch in patches for fix in patch.fixes for replacement in _replacements(patch, fix))
        for path in together:
            yield ("PIN007", path, 0, 0, ""), Remedy(f"hashes for {count:,} requirement{'s' if count != 1 else ''}", made)


def _replacements(patch: Patch, fix: Fix) -> Iterator[Replacement]:
    for edit in fix.edits:
        yield Replacement(patch.path, *patch.document.region(*edit.span), edit.text, patch.created)


def summary(mended: list[Mended], shown: Callable[[str, str], str], out: TextIO, *, written: bool, left: int = 0) -> None:
    """The account: what was fixed where, what was not and why. What would be fixed, a patch shows."""
    fixed = [(shown(one.root, path), fix) for one in mended for path, fix in one.fixed]
    unfixed = [(shown(one.root, path), fix) for one in mended for path, fix in one.unfixed]
    lines = _lines_now(mended) if written else {}
    if fixed:
        files = len({path for path, _ in fixed})
        out.write(f"{'Fixed' if written else 'Would fix'} {len(fixed):,} in {files:,} file{'s' if files != 1 else ''}\n")
        if written:
            _table(_fixed(fixed, lines), out)
    if unfixed:
        out.write(f"Not fixed {len(unfixed):,}\n")
        _table(_unfixed(unfixed, lines), out)
    if not written and not fixed and not unfixed:
        findings = f"{left:,} finding{'s are' if left != 1 else ' is'} left, which `pinlint` shows"
        out.write(f"Nothing to fix{f'; {findings}' if left else ''}\n")


def _lines_now(mended: list[Mended]) -> dict[int, int]:
    """The lines on which fixes stand now that the patches are written, by the id of each; no line for what has not moved."""
    found = {}
    for patch in (patch for one in mended for patch in one.patches if patch.new != patch.old and not patch.created):
        grown = [(patch.document.region(*edit.span), edit.text.count("\n")) for fix in patch.fixes for edit in fix.edits]
        added = sorted((region[2:], count - (region[2] - region[0])) for region, count in grown)
        moved, at = 0, 0
        for fix in sorted(patch.fixes, key=lambda one: (one.attempt.place.line, one.attempt.place.column)):
            place = fix.attempt.place
            while at < len(added) and added[at][0] <= (place.line, place.column):
                moved, at = moved + added[at][1], at + 1
            if moved:
                found[id(fix)] = place.line + moved
    return found


def _table(rows: list[tuple[str, str]], out: TextIO) -> None:
    width = min(_WIDEST, max(len(place) for place, _ in rows))
    out.writelines(f"  {place:<{width}}  {text}\n" for place, text in rows)


def _fixed(fixes: list[tuple[str, Fix]], lines: dict[int, int]) -> list[tuple[str, str]]:
    """A line a fix, or a line a file where a file has many."""
    by_path: dict[str, list[Fix]] = {}
    for path, fix in fixes:
        by_path.setdefault(path, []).append(fix)
    rows = []
    for path, some in by_path.items():
        if len(some) > _LISTED:
            nouns = Counter(ECOSYSTEMS[kind].written if (kind := fix.attempt.place.kind) else "lock" for fix in some)
            rows.append((visible(path), ", ".join(f"{count:,} × {noun}" for noun, count in nouns.items())))
        else:
            rows += [(f"{visible(path)}:{lines.get(id(fix), fix.attempt.place.line)}", _change(fix)) for fix in some]
    return rows


def _unfixed(fixes: list[tuple[str, Fix]], lines: dict[int, int]) -> list[tuple[str, str]]:
    """A line a place, or a line a reason where one reason holds in many places of a file."""
    by_reason: dict[tuple[str, str], list[Fix]] = {}
    for path, fix in fixes:
        later = isinstance(fix.outcome, NoPin) and fix.outcome.retry
        by_reason.setdefault((path, f"{fix.why}; try again later" if later else fix.why), []).append(fix)
    rows = []
    for (path, why), some in by_reason.items():
        places = [f"{visible(path)}:{lines.get(id(fix), fix.attempt.place.line)}" for fix in some]
        if len(some) > _LISTED:
            rows.append((places[0], f"{visible(why)} (and {len(some) - 1:,} more in this file)"))
        else:
            rows += [(place, visible(why)) for place in places]
    return rows


def records(mended: list[Mended], shown: Callable[[str, str], str]) -> list[dict[str, object]]:
    """Every fix and every failure to fix for programs: flat, in order."""
    return [
        {
            "path": visible(shown(one.root, patch.path)), "line": fix.attempt.place.line, "column": fix.attempt.place.column,
            "rule": fix.attempt.place.rule, "kind": fix.attempt.place.kind, "name": visible(fix.attempt.place.name),
            "version": visible(fix.pin.version if fix.pin else fix.attempt.place.version),
            "digests": [visible(digest) for digest in fix.pin.digests] if fix.pin else [], "why": visible(fix.why),
            "retry": isinstance(fix.outcome, NoPin) and fix.outcome.retry,
        }
        for one in mended for patch in one.patches for fix in patch.fixes
    ]  # fmt: skip


def _change(fix: Fix) -> str:
    pin = fix.pin
    assert pin is not None
    if fix.attempt.finding.reference is None:
        return visible(f"{pin.version} → {pin.digests[0][:19]}…")
    reference = fix.attempt.reference
    kind, name = reference.artifact.kind, reference.artifact.name
    asked = reference.version.partition("@")[0]
    remark = f" ({pin.remark})" if pin.remark else ""
    if kind == "image":
        name = name.rpartition("/")[2]
        return visible(f"{name}{':' + asked if asked else ''} → {name}:{pin.version}@{pin.digests[0][:14]}…{remark}")
    if kind in ("git", "url"):
        name = name.rpartition("/")[2]
    if kind == "url" and asked in name:  # apache-maven-3.9.9-bin.zip
        asked = ""
    chosen = [pin.version] if pin.version and pin.version != reference.version and kind != "git" else []
    hashes = [f"{len(pin.digests)} hashes"] if len(pin.digests) > 1 else [f"{digest[:14]}…" for digest in pin.digests]
    return visible(f"{name}{' ' + asked if asked else ''} → {', '.join([*chosen, *hashes])}{remark}")

"""Today's findings, set aside: a file that says what is known of which file, without lines and without versions.

Knows how findings are told apart, and which file of a baseline another one was; must not know how findings are made or shown.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pinlint import __version__
from pinlint.errors import PinlintError
from pinlint.fingerprint import about
from pinlint.model import Diagnostic
from pinlint.report.escapes import in_json, in_unicode, logged_out
from pinlint.streams import opened
from pinlint.text import Unread
from pinlint.tree import Tree, join, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["DEFAULT", "Baseline", "Marked", "counted", "marked", "read", "subject", "write"]

DEFAULT = "pinlint-baseline.json"
_VERSION = 2
#: The first version had one list of findings, each with the version of its artifact.
_FIRST = 1
_HINT = "write one with `pinlint baseline --output-file {}`"

#: What is known of each file: how often which finding.
Files = dict[str, Counter[str]]


class Baseline(NamedTuple):
    """What a file says. Of the first version, `old` are the findings with versions, and `files` is empty."""

    path: str
    files: Files
    old: Counter[str] | None = None


class Marked(NamedTuple):
    """Findings, those marked that a baseline holds; what it holds beyond them; by path what files were called in it."""

    diagnostics: list[Diagnostic]
    left: Files
    moved: dict[str, str]


def _key(diagnostic: Diagnostic) -> str:
    """What tells a finding from every other, its version too: rule, file, artifact and version, else the message; no passwords,
    valid Unicode."""
    subject = f"{diagnostic.kind}:{diagnostic.name} {diagnostic.version}" if diagnostic.kind else diagnostic.message
    return in_unicode(logged_out(f"{diagnostic.rule} {diagnostic.path} {subject}".rstrip()))


def subject(diagnostic: Diagnostic) -> str:
    """What stays the same while a finding does, in its file: rule and artifact, else the message without the words that hold a
    number."""
    subject = about(diagnostic) or re.sub(r"\S*\d\S*", "…", diagnostic.message)
    return in_unicode(logged_out(f"{diagnostic.rule} {subject}"))


def _path(diagnostic: Diagnostic) -> str:
    return in_unicode(logged_out(diagnostic.path))


def counted(diagnostics: Iterable[Diagnostic]) -> Files:
    """What there is to know of each file: every finding that nobody suppressed."""
    files: Files = {}
    for one in diagnostics:
        if not one.suppressed:
            files.setdefault(_path(one), Counter())[subject(one)] += 1
    return files


def write(files: Files, path: str) -> int:
    """The number of findings that are written to `path`, sorted, so that a change reads well. Raises PinlintError or Unwritable
    where the file cannot be written."""
    sorted_files = {name: dict(sorted(files[name].items())) for name in sorted(files) if files[name]}
    document = {"pinlint-baseline": _VERSION, "written-by": __version__, "files": sorted_files}
    with opened(path) as file:
        file.write(in_json(json.dumps(document, indent=1)) + "\n")
    return sum(counts.total() for counts in files.values())


def read(path: str, root: str = "") -> Baseline:
    """What a baseline holds. With a `root` the path is one below it, as its configuration says, and leads nowhere else. Raises
    PinlintError for a file that is no baseline."""
    name, path = path, os.path.join(root, path)
    try:
        document = json.loads(Tree(root, list).bytes(join("", name)) if root else read_bytes(path))
    except RecursionError:
        raise PinlintError(f"{path} is nested too deeply for a baseline", _HINT.format(path)) from None
    except (Unread, ValueError) as error:
        raise PinlintError(f"{path}: {error}", _HINT.format(path)) from None
    version = document.get("pinlint-baseline") if isinstance(document, dict) else None
    held = document.get("findings" if version == _FIRST else "files") if version in (_FIRST, _VERSION) else None
    if not isinstance(held, dict):
        raise PinlintError(f"{path} is no baseline of this version", _HINT.format(path))
    if version == _FIRST:
        return Baseline(path, {}, _counter(held))
    return Baseline(path, {name: _counter(counts) for name, counts in held.items() if isinstance(counts, dict)})


def _counter(counts: dict[str, object]) -> Counter[str]:
    return Counter({name: count for name, count in counts.items() if isinstance(count, int) and count > 0})


def marked(diagnostics: list[Diagnostic], baseline: Baseline, exists: Callable[[str], bool]) -> Marked:
    """The findings, each marked as known as often as the baseline holds it; `exists(path)` is whether there is such a file."""
    if baseline.old is not None:
        left = {"": Counter(baseline.old)}
        return Marked([_taken(one, _key(one), left[""], baseline.path) for one in diagnostics], left, {})
    left = {path: Counter(counts) for path, counts in baseline.files.items()}
    moved = _moved(baseline.files, counted(diagnostics), exists)
    nothing: Counter[str] = Counter()
    found = []
    for one in diagnostics:
        path = _path(one)
        found.append(_taken(one, subject(one), left.get(moved.get(path, path), nothing), baseline.path))
    return Marked(found, {path: +counts for path, counts in left.items() if +counts}, moved)


def _taken(one: Diagnostic, name: str, left: Counter[str], path: str) -> Diagnostic:
    if one.suppressed or left[name] <= 0:
        return one
    left[name] -= 1
    return one._replace(suppressed="baseline", reason=f"in the baseline {path}")


def _moved(known: Files, found: Files, exists: Callable[[str], bool]) -> dict[str, str]:
    """By path what a file is called in a baseline that is not called so any more.

    A file is the one that is gone if it has most of what was known of that, and not much else: so it is told also where it was
    changed on the way, and where no commit knows of it yet.
    """
    new = [path for path in found if path not in known]
    gone = [path for path in known if not exists(path)] if new else []
    by_subject: dict[str, list[str]] = {}
    for path in new:
        for name in found[path]:
            by_subject.setdefault(name, []).append(path)
    pairs = []
    for old in gone:
        for path in {path for name in known[old] for path in by_subject.get(name, ())}:
            shared = (known[old] & found[path]).total()
            same_name = old.rpartition("/")[2] == path.rpartition("/")[2]
            if 2 * shared >= known[old].total() and (same_name or 2 * shared >= found[path].total()):
                pairs.append((not same_name, -shared, path, old))
    moved: dict[str, str] = {}
    for _, _, path, old in sorted(pairs):
        if path not in moved and old not in moved.values():
            moved[path] = old
    return moved

"""What a reviewer could accept with one click: the lines of a change that `--fix` would write otherwise.

Knows which lines a server shows of a change, and what of a remedy fits in there whole; must not know how a server is told.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pinlint.commit import Commit, CommitTree, commit
from pinlint.errors import PinlintError
from pinlint.git import Refused, answer
from pinlint.report.escapes import sayable, visible
from pinlint.since import were
from pinlint.text import Unread
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinlint.model import Diagnostic, Replacement

__all__ = ["Review", "Suggestion", "reviewed"]

#: Characters that a comment may have, with some room for what is said.
_LONGEST = 60_000
#: What tells that the change is checked out merged into its target: the change itself is the second parent then.
_MERGED = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")


class Suggestion(NamedTuple):
    """`text` in place of the lines `first` to `last` of a file, which mends some findings. `old_path` is what the file was called
    before, `old_line` the number that the first line had, 0 where the change brings it."""

    path: str
    old_path: str
    first: int
    last: int
    old_line: int
    text: str
    findings: tuple[Diagnostic, ...]


class Review(NamedTuple):
    """What can be suggested of a change from the commit `base` to `head`; `left` are the findings of which nothing can."""

    base: str
    head: str
    suggestions: Sequence[Suggestion]
    left: Sequence[Diagnostic]


def reviewed(root: str, before: Commit, found: Sequence[Diagnostic], environment: Mapping[str, str]) -> Review:
    """The suggestions for findings that know their remedy, by path and line. Raises PinlintError where git cannot be asked."""
    head = _head(root, environment)
    by_path: dict[str, list[Diagnostic]] = {}
    for one in found:
        if path := _only_file(one):
            by_path.setdefault(path, []).append(one)
    now, past, here = CommitTree(head), CommitTree(before), Tree(root, list)
    names = were(sorted(by_path), past, here, before)
    suggestions: list[Suggestion] = []
    for path, some in sorted(by_path.items()):
        text = _text(path, now, here)
        if text:
            old = past.entries[names[path]].id if path in names else ""
            hunks = list(_hunks(head, old, now.entries[path].id, text.count("\n") + 1))
            suggestions += _suggestions(path, names.get(path, path), text, some, hunks)
    mended = {id(one) for suggestion in suggestions for one in suggestion.findings}
    return Review(before.id, head.id, suggestions, [one for one in found if id(one) not in mended])


def _head(root: str, environment: Mapping[str, str]) -> Commit:
    """The commit that the server shows."""
    if any(environment.get(name) for name in _MERGED):
        try:
            return commit(root, "HEAD^2")
        except PinlintError:
            pass  # no merge: the change itself is checked out
    return commit(root, "HEAD")


def _only_file(one: Diagnostic) -> str:
    """The file in which all of a remedy stands, "" for none. Hashes of requirements come together or not at all: with one of them
    pip asks for all."""
    if one.remedy is None or (one.kind == "pypi" and one.rule != "PIN007"):
        return ""
    paths = {each.path for each in one.remedy.replacements if not each.creates}
    created = any(each.creates for each in one.remedy.replacements)
    return paths.pop() if len(paths) == 1 and not created else ""


def _text(path: str, now: CommitTree, here: Tree) -> str:
    """The text of a file, "" where a server could not be trusted to change a line of it and nothing else, or shows another one."""
    try:
        path.encode("utf-8")
        data = here.bytes(path)
        if path in now.entries and now.bytes(path) == data and b"\r" not in data:  # which servers make LF
            return data.decode("utf-8-sig")
    except (Unread, UnicodeError):
        pass
    return ""


def _hunks(of: Commit, old: str, new: str, lines: int) -> Iterator[dict[int, int]]:
    """What a server shows of a file, from the contents of these names: by line the number that it had before, 0 for a new one."""
    if not old:
        yield dict.fromkeys(range(1, lines + 1), 0)
        return
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers")
    try:
        out, _ = answer(of.directory, ["diff", *plain, old, new], lambda: None, root=of.root, objects=True)
    except Refused as error:
        raise PinlintError(f"git cannot say what changed: {error}", "fetch the commits that the change is made of") from None
    hunk: dict[int, int] = {}
    was = at = 0
    for line in out.split(b"\n"):
        if head := re.match(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", line):
            if hunk:
                yield hunk
            hunk, was, at = {}, int(head[1]), int(head[2])
        elif at and line[:1] in (b" ", b"+", b"-"):
            kept = line[:1] == b" "
            if line[:1] != b"-":
                hunk[at] = was if kept else 0
                at += 1
            was += line[:1] != b"+"
    if hunk:
        yield hunk


def _suggestions(
    path: str, old_path: str, text: str, found: Iterable[Diagnostic], hunks: Sequence[dict[int, int]]
) -> Iterator[Suggestion]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for first, last, edits, some in _together(found, starts):
        hunk = next((hunk for hunk in hunks if hunk.keys() >= set(range(first, last + 1))), None)
        begin, end = starts[first - 1], starts[last] - 1 if last < len(starts) else len(text)
        new = text[begin:end]
        for at, to, put in sorted(edits, reverse=True):
            new = new[: at - begin] + put + new[to - begin :]
        if hunk and all(to <= end for _, to, _ in edits) and new != text[begin:end] and _harmless(new):
            yield Suggestion(path, old_path, first, last, hunk[first], new, tuple(some))


def _together(found: Iterable[Diagnostic], starts: list[int]) -> list[tuple[int, int, set[tuple[int, int, str]], list[Diagnostic]]]:
    """(first line, last line, edits, findings) of what has to be written at once, as remedies share lines."""
    groups: list[tuple[int, int, set[tuple[int, int, str]], list[Diagnostic]]] = []
    made = [(_edits(one.remedy.replacements, starts), one) for one in found if one.remedy]
    for edits, one in sorted((each for each in made if each[0]), key=lambda each: min(each[0])):
        first = bisect_right(starts, min(at for at, _, _ in edits))
        last = max(max(bisect_right(starts, at), bisect_right(starts, max(to - 1, at))) for at, to, _ in edits)
        if not groups or groups[-1][1] < first:
            groups.append((first, last, edits, [one]))
        elif not _collide(groups[-1][2], edits):
            begin, end, others, some = groups[-1]
            groups[-1] = begin, max(end, last), others | edits, [*some, one]
    return groups


def _edits(replacements: Iterable[Replacement], starts: list[int]) -> set[tuple[int, int, str]]:
    """(from, to, text) in characters."""
    if any(one.end_line > len(starts) for one in replacements):
        return set()
    return {
        (starts[one.line - 1] + one.column - 1, starts[one.end_line - 1] + one.end_column - 1, one.text) for one in replacements
    }


def _collide(some: set[tuple[int, int, str]], others: set[tuple[int, int, str]]) -> bool:
    """Whether two edits that are not the same want the same place."""
    ordered = sorted(some | others)
    return any(two[0] < one[1] or two[0] == one[0] for one, two in pairwise(ordered))


def _harmless(text: str) -> bool:
    """Whether a comment can hold the lines as they are: text that shows what it is, and no password."""
    return len(text) < _LONGEST and all(
        visible(plain := line.replace("\t", " ")) == plain and sayable(line) for line in text.split("\n")
    )

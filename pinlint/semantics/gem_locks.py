"""Gemfile.lock as Bundler reads it: the gems with their sources and checksums, and what the Gemfile asked for when it was written.

Must not know how firm an entry is. Source: bundler, lib/bundler/lockfile_parser.rb.
"""

import re
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["Gem", "Lock", "Origin", "conflict", "lock_at", "read_lock"]

_SOURCES = frozenset(("GIT", "GEM", "PATH", "PLUGIN SOURCE"))
_option = re.compile(r"  ([A-Za-z]+): (.*)").fullmatch
_line = re.compile(r"[^\r\n]+")
_conflict = re.compile(r"<{7}|={7}|>{7}|\|{7}").search


class Origin(NamedTuple):
    """Where gems come from: the heading of the section, the servers or the repository, the commit, and where the address stands."""

    kind: str
    remotes: list[str]
    revision: list[str]
    spans: list[Span]


class Gem(NamedTuple):
    """A locked gem: its version with the platform behind a dash, and where its line stands."""

    name: str
    version: str
    origin: Origin
    span: Span


class Lock(NamedTuple):
    """`asked` are the dependencies of the Gemfile, by name, with what was required of each. `sums` are the checksums by (name,
    version), None where the lock has no such section."""

    gems: list[Gem]
    asked: dict[str, tuple[str, ...]]
    sums: dict[tuple[str, str], tuple[str, ...]] | None
    sections: list[str]


def conflict(text: str) -> Span | None:
    """Where Bundler sees a merge conflict."""
    found = _conflict(text)
    return Span(*found.span()) if found else None


def read_lock(text: str) -> Lock:
    """What a lock says; sections of other names are passed over."""
    gems: list[Gem] = []
    asked: dict[str, tuple[str, ...]] = {}
    sums: dict[tuple[str, str], tuple[str, ...]] = {}
    sections: list[str] = []
    origin = Origin("", [], [], [])
    for found in _line.finditer(text):
        line = found[0]
        if line[0] != " ":
            sections.append(line)
            origin = Origin(line, [], [], [])
        elif sections and sections[-1] in _SOURCES and (option := _option(line)):
            _note(origin, option, found.start())
        elif sections and (entry := _entry(line)):
            indent, name, version, listed = entry
            if sections[-1] in _SOURCES and indent == 4:
                start = found.start() + 4
                gems.append(Gem(name, version, origin, Span(start, found.start() + len(line.rstrip()))))
            elif sections[-1] == "DEPENDENCIES" and indent == 2:
                asked[name] = tuple(part.strip() for part in version.split(",")) if version else ()
            elif sections[-1] == "CHECKSUMS" and indent == 2:
                sums[name, version] = tuple(listed.split(",")) if listed else ()
    return Lock(gems, asked, sums if "CHECKSUMS" in sections else None, sections)


def _entry(line: str) -> tuple[int, str, str, str] | None:
    """(blanks before it, name, version or requirements, checksums) of a line; None for what is no entry."""
    body = line.lstrip(" ")
    indent = len(line) - len(body)
    if indent not in (2, 4, 6) or not body.strip():
        return None
    name, opened, rest = body.partition(" (")
    version, _, tail = rest.partition(")")
    if not opened:
        name, _, tail = body.partition(" ")
    return indent, name.rstrip().removesuffix("!"), version, tail.removeprefix("!").strip()


def _note(origin: Origin, option: re.Match[str], start: int) -> None:
    if option[1] == "remote":
        origin.remotes.append(option[2].strip())
        origin.spans.append(Span(start + option.start(2), start + option.end(2)))
    elif option[1] == "revision":
        origin.revision.append(option[2].strip())


def lock_at(tree: Tree, path: str) -> Lock | None:
    """The lock at a path; None where none is, or none that can be read."""
    return tree.memo("gem lock", path, lambda: _lock_at(tree, path)) if tree.exists(path) else None


def _lock_at(tree: Tree, path: str) -> Lock | None:
    try:
        text = tree.read(path).text
    except Unread:
        return None
    return None if conflict(text) else read_lock(text)

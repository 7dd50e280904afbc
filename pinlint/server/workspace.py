"""What an editor has open, judged: texts by address, the repositories that they lie in, and who has to be looked at again when
something changes.

Knows roots, policies and texts; must not know the protocol that brings them. One thread at a time may work in here, but for `put`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from pinlint import baseline
from pinlint.config import Policy, load
from pinlint.discover import CONFIGURATIONS, excluder, place
from pinlint.engine import Checked, Reading, check, included, spans
from pinlint.errors import PinlintError, failure
from pinlint.formats import BY_CONTENT, Format
from pinlint.listing import listing
from pinlint.model import Diagnostic, Fact, Finding, Reference, Span
from pinlint.naming import format_of
from pinlint.options import Options
from pinlint.roots import root_of
from pinlint.rulebook import page
from pinlint.schedule import checked
from pinlint.server.live import LiveTree, Look
from pinlint.server.positions import Place, Positions
from pinlint.session import effective
from pinlint.text import Document
from pinlint.tree import join
from pinlint.walk import walk

__all__ = ["Judged", "Root", "Text", "Told", "Workspace", "address", "broken", "path_of"]

#: Characters beyond which a text is judged when it is opened and saved, not at every key.
_TYPED = 4_000_000
#: Findings of one text that an editor is told of; the rest is counted.
_MOST = 1_000
_SEVERITIES = ("error", "warning", "note")


class Text(NamedTuple):
    """A text that is open, as its `version`. `saved` is whether it was opened or saved since it was judged last."""

    address: str
    path: str
    text: str
    version: int | None
    saved: bool = True


class Told(NamedTuple):
    """A finding as an editor shows it."""

    start: Place
    end: Place
    severity: str
    rule: str
    message: str
    found: Diagnostic | None = None


class Target(NamedTuple):
    """A file to write to, as the editor has it, or as it lies on the disk."""

    address: str
    version: int | None
    positions: Positions
    marked: bool

    def at(self, offset: int) -> Place:
        """Where an offset of its document stands, to which a byte order mark does not belong."""
        return self.positions.place(offset + self.marked)

    def place(self, line: int, column: int) -> Place:
        """The same of a line and a column, from 1, of its document."""
        return self.positions.place(self.positions.starts[line - 1] + column - 1 + (self.marked and line == 1))


class Judged(NamedTuple):
    """A text, read and judged. `open` are its findings that nobody suppressed, with what an editor is told of each."""

    text: Text
    root: Root
    document: Document
    format: Format
    policy: Policy
    reading: Reading
    positions: Positions
    told: list[Told]

    def span(self, place: tuple[int, int, int, int]) -> tuple[Place, Place]:
        """Where a region of the document begins and ends in the editor's text."""
        line, column, end_line, end_column = place
        starts = self.document.line_starts
        return self.at(starts[line - 1] + column - 1), self.at(starts[end_line - 1] + end_column - 1)

    def at(self, offset: int) -> Place:
        """Where an offset of the document stands in the editor's text, to which a byte order mark belongs."""
        return self.positions.place(offset + self.text.text.startswith("\ufeff"))

    def offset(self, at: Place) -> int:
        """The offset of the document at a place of the editor's text."""
        return max(0, self.positions.offset(at) - self.text.text.startswith("\ufeff"))

    def references(self) -> list[tuple[Span, Reference]]:
        """What the document asks for, each with its place."""
        found = [item for item in self.reading.items if not isinstance(item, Fact)]
        located = spans(self.document, self.format, [one.span for one in found])
        return [(located[one.span], one) for one in found]

    def findings(self, start: Place, end: Place) -> list[tuple[Finding, Diagnostic]]:
        """The findings that touch a stretch of the editor's text; where none does, those of its lines."""
        placed = [(pair, *self.span(pair[1][2:6])) for pair in self.reading.open]
        touching = [pair for pair, begin, behind in placed if begin <= end and start <= behind]
        return touching or [pair for pair, begin, behind in placed if begin[0] <= end[0] and start[0] <= behind[0]]


def path_of(uri: str) -> str:
    """The path that an address of a file means, "" for whatever is none on this machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    path = os.fsdecode(unquote_to_bytes(parts.path))
    right = parts.scheme == "file" and parts.netloc in ("", "localhost") and os.path.isabs(path) and "\0" not in path
    return os.path.normpath(path) if right else ""


def address(path: str) -> str:
    """The address of a file."""
    return f"file://{quote_from_bytes(os.fsencode(path))}"


class Root:
    """A repository, or a folder that stands for one."""

    def __init__(self, path: str, options: Options) -> None:
        self.path = path
        self.tree = LiveTree(path, lambda: listing(path).paths.split("\0"))
        self._options = options
        self._last: Policy | None = None

    def policy(self) -> tuple[Policy | None, str]:
        """(what holds here, why its configuration cannot be read). While somebody writes in that, what it said last."""
        found = self.tree.memo("server", "policy", self._policy)
        if isinstance(found, str):
            return self._last, found
        if self._last is not None and self._last.looks() != found.looks():
            self.tree.reset()
        self._last, self.tree.settings = found, found.looks()
        return found, ""

    def _policy(self) -> Policy | str:
        options = self._options
        try:
            return effective(Policy() if options.isolated else load(self.path, options.config, self.tree), options)
        except PinlintError as error:
            return f"{error}" + (f" ({error.hint})" if error.hint else "")

    def configuration(self) -> str:
        """The file that its configuration lies in, or would."""
        names = (*CONFIGURATIONS, "pyproject.toml")
        found = next((name for name in names if self.tree.exists(name)), CONFIGURATIONS[0])
        return os.path.join(self.path, found)

    def called(self, path: str, format_: Format | None) -> Format | None:
        """What a file is, which another may include under a name that says nothing."""
        if format_ is None or format_.name != BY_CONTENT.name:
            return format_
        return self.tree.memo("server", "included", self._included).get(path, format_)

    def _included(self) -> dict[str, Format]:
        tree = self.tree
        begin = [(path, one) for path in sorted(tree.listed()) if (one := format_of(path)) is not None and one.includes]
        found = walk(tree, begin, lambda document, format_: (format_, self._names(document, format_)))
        return {one.path: one.format for one in found}

    def _names(self, document: Document, format_: Format) -> list[str]:
        """What a document brings in; whoever types in another one need not read it again."""

        def names() -> list[str]:
            self.tree.exists(document.path)  # what is concluded here came of that file
            return included(document, format_, self.tree)

        return self.tree.memo(f"names in {format_.name}", document.path, names)


class Workspace:
    """Everything that is open. `encoding` is how the editor counts in a line."""

    def __init__(self, options: Options) -> None:
        self.encoding = "utf-16"
        self.folders: list[str] = []
        self.texts: dict[str, Text] = {}
        self.judged: dict[str, Judged] = {}
        self.roots: dict[str, Root] = {}
        self._options = options
        self._shown: dict[str, tuple[str, str]] = {}
        self._broken: dict[str, str] = {}
        self._looks: dict[str, tuple[Root, set[Look]]] = {}

    def put(self, text: Text) -> None:
        """A text as the editor has it now."""
        self.texts[text.address] = text

    def judge(self, addresses: Iterable[str]) -> Iterator[tuple[str, int | None, list[Told]]]:
        """What is to be told of these texts, and of every other that the change is about: (address, version, findings)."""
        wanted = dict.fromkeys(addresses)
        for uri in list(wanted):
            wanted.update(dict.fromkeys(self._changed(uri)))
        said = {uri: told for uri in wanted if (told := self._said(uri)) is not None}
        broken = {self._open(root.configuration()): why for root in self.roots.values() if (why := root.policy()[1])}
        for uri in (*said, *((broken.keys() | self._broken.keys()) - said.keys())):
            if uri in said or broken.get(uri) != self._broken.get(uri):
                text, judged = self.texts.get(uri), self.judged.get(uri)
                told = said.get(uri, judged.told if judged is not None else [])
                wrong = [Told((0, 0), (0, 0), "error", "", broken[uri])] if uri in broken else []
                yield uri, text.version if text is not None else None, [*wrong, *told]
        self._broken = broken

    def _said(self, uri: str) -> list[Told] | None:
        """What is to be told of a text; None where that stays as it is."""
        text = self.texts.get(uri)
        judged = self._judged(text) if text is not None else None
        if text is None:
            self._looks.pop(uri, None)
        elif judged is not None:
            self.judged[uri] = judged
            return judged.told
        elif uri in self.judged and not text.saved:
            return None
        self.judged.pop(uri, None)
        return []

    def _open(self, path: str) -> str:
        """The address of a file, as the editor has it where it is open."""
        return next((one.address for one in list(self.texts.values()) if one.path == path), address(path))

    def touched(self, paths: Iterable[str], *, came_or_went: bool) -> list[str]:
        """The texts to judge again as files on the disk are others now."""
        found: dict[str, None] = {}
        for root in list(self.roots.values()):
            below = root.path.rstrip(os.sep) + os.sep
            names = [path[len(below) :].replace(os.sep, "/") for path in paths if path.startswith(below)]
            names = [name for name in names if not name.startswith(".git/")]
            if names:
                found.update(dict.fromkeys(self._looking(root, root.tree.forget(names, came_or_went=came_or_went))))
        return list(found)

    def refreshed(self) -> list[str]:
        """The texts to judge again, whatever happened to files on the disk since they were judged."""
        stale = [os.path.join(root.path, name) for root in self.roots.values() for name in root.tree.stale()]
        return self.touched(stale, came_or_went=True) if stale else []

    def refold(self) -> list[str]:
        """Every text, to be judged anew as the editor's folders are others now."""
        self.roots.clear()
        self._shown.clear()
        return [*self.texts]

    def located(self, path: str) -> tuple[str, str, Format | None]:
        """(root, path below it, what the file is by its name). Outside a repository, the editor's folder is the root."""
        root, name, format_ = place(path)
        folders = [one for one in self.folders if path.startswith(one.rstrip(os.sep) + os.sep)]
        if folders and root_of(os.path.dirname(path)) is None:
            root = max(folders, key=len)
            name = path[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
            format_ = format_of(name)
        return root, name, format_

    def target(self, root: Root, path: str) -> Target:
        """The file at a path below a root; what is not there yet is empty."""
        full = os.path.join(root.path, path)
        opened = self.texts.get(self._open(full))
        text = opened.text if opened is not None else ""
        if opened is None and root.tree.exists(path):
            format_ = format_of(path)
            text = root.tree.read(path, format_.decoding if format_ else "utf-8").text
        positions, uri = Positions(text, self.encoding), opened.address if opened is not None else address(full)
        return Target(uri, opened.version if opened is not None else None, positions, text.startswith("\ufeff"))

    def root(self, path: str) -> Root:
        """The repository at a path."""
        if path not in self.roots:
            self.roots[path] = Root(path, self._options)
        return self.roots[path]

    def _changed(self, uri: str) -> list[str]:
        """Brings the text of an address to the files of its root; the texts for which that makes a difference."""
        text = self.texts.get(uri)
        if text is None and uri not in self._shown:
            return []
        root_path, name, format_ = (*self._shown[uri], None) if text is None else self.located(text.path)
        root = self.root(root_path)
        old: list[str] = []
        if uri in self._shown and self._shown[uri] != (root_path, name):
            before = self.root(self._shown[uri][0])
            old = self._looking(before, before.tree.put(self._shown[uri][1], None))
        if text is None:
            del self._shown[uri]
            return [*old, *self._looking(root, root.tree.put(name, None))]
        self._shown[uri] = root_path, name
        return [*old, *self._looking(root, root.tree.put(name, _bytes(text.text, format_)))]

    def _looking(self, root: Root, looks: set[Look]) -> list[str]:
        return [uri for uri, (where, seen) in self._looks.items() if where is root and not seen.isdisjoint(looks)]

    def _judged(self, text: Text) -> Judged | None:
        """None for what is no file of ours, or too large to be judged at every key."""
        root_path, path, by_name = self.located(text.path)
        root = self.root(root_path)
        with root.tree.noting() as looks:
            self._looks[text.address] = root, looks
            policy, _ = root.policy()
            format_ = root.called(path, by_name)
            if policy is None or format_ is None or excluder(policy.exclude)(path):
                return None
            if len(text.text) > _TYPED and not text.saved:
                return None
            return self._read(text, root, path, format_, policy)

    def _read(self, text: Text, root: Root, path: str, format_: Format, policy: Policy) -> Judged | None:
        reading, kept = Reading(), list[Document]()

        def make(document: Document, one: Format) -> tuple[Checked, tuple[str, ...]]:
            kept.append(document)
            return check(document, one, root.tree, policy, "", reading)[0], ()

        visited = next(walk(root.tree, [(path, format_)], make), None)
        if visited is None:
            return None
        found = [one for one in checked(visited, policy, "").diagnostics if not one.suppressed]
        found = _new(found, root, policy)
        document = kept[0] if kept else Document(path, b"")
        document.parsed = None  # a tree of values is large
        shown = {id(one) for one in found}
        reading.open = [pair for pair in reading.open if id(pair[1]) in shown]
        judged = Judged(text, root, document, format_, policy.at(path), reading, Positions(text.text, self.encoding), [])
        judged.told.extend(_told(found, judged))
        return judged


def _bytes(text: str, format_: Format | None) -> bytes:
    """The bytes that are read as this text: an encoding that it declares for itself is that of a file, not of an editor."""
    data = text.encode("utf-8", "replace")
    if format_ is None or format_.decoding == "utf-8" or text.isascii():
        return data
    return b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf")


def _new(found: list[Diagnostic], root: Root, policy: Policy) -> list[Diagnostic]:
    """The findings that the configuration's baseline does not know."""
    if not policy.baseline or not found:
        return found
    path = join("", policy.baseline)

    def read() -> baseline.Baseline | None:
        try:
            root.tree.bytes(path)  # whoever judges by it looked at it
            return baseline.read(policy.baseline, root.path)
        except Exception:  # noqa: BLE001 - a run says what is wrong with it; here its findings are shown
            return None

    known = root.tree.memo("server", f"baseline {path}", read)
    if known is None:
        return found
    return [one for one in baseline.marked(found, known, root.tree.exists).diagnostics if not one.suppressed]


def _told(found: list[Diagnostic], judged: Judged) -> Iterator[Told]:
    """What an editor is told: everything, or of very much the gravest."""
    from pinlint.report.escapes import visible

    graded = [(judged.policy.severity_of(one.rule) or one.severity or page(one.rule).severity, one) for one in found]
    if len(graded) > _MOST:
        graded.sort(key=lambda pair: _SEVERITIES.index(pair[0]))
    for severity, one in graded[:_MOST]:
        yield Told(*judged.span(one[2:6]), severity, one.rule, visible(one.message), one)
    if len(graded) > _MOST:
        more = len(graded) - _MOST
        yield Told((0, 0), (0, 0), "note", "", f"{more:,} more findings in this file; `pinlint {judged.document.path}` lists them")


def broken(error: BaseException) -> str:
    """What is said of a mistake of pinlint's own."""
    return f"pinlint failed: {failure(error)}; tell those who gave you pinlint, with this line"

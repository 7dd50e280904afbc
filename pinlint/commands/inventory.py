"""`pinlint inventory`: every reference with its verdict, whatever the policy says of it.

The objects are stable: `{"path","line","column","end_line","end_column","kind","name","version","digests","pin","settled_by",
"role","purl","why"}`; `path` is relative to the working directory, POSIX; lines and columns are 1-based, the end exclusive.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pinlint.budget import Exceeded
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.url.names import without_credentials
from pinlint.engine import REPORT_IT, included, spans, stream
from pinlint.errors import PinlintError
from pinlint.model import Fact, Reference
from pinlint.report.escapes import logged_out
from pinlint.report.extras import needing
from pinlint.session import Session, counted, shown
from pinlint.sessions import opened
from pinlint.streams import report
from pinlint.walk import Visited, walk

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from pinlint.formats import Format
    from pinlint.options import Options
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["ABOUT", "USAGE", "Inventory", "arguments", "pins", "row", "run"]

USAGE = "inventory [options] [PATH ...]"
ABOUT = "Lists every reference with its verdict."

_TABLES = ("table", "json", "jsonl", "csv")
#: Bills of materials, which libraries write.
_BILLS = ("cyclonedx", "spdx")
_UNREADABLE = frozenset(("unreadable-file", "unreadable-lock", "template"))

Row = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options

    file_options(parser)
    parser.add_argument("--output-format", choices=(*_TABLES, *_BILLS), help=f"default: {_TABLES[0]}")


def run(options: Options) -> int:
    """The exit code: 2 where pinlint itself failed on a file, and with `--strict` where something was not judged, else 0."""
    known, missed = Inventory(), False
    with opened(options) as session, report(options.output_file) as out:
        if not session.prelude(out):
            if options.output_format in _BILLS:
                with needing("sbom", f"--output-format {options.output_format}"):
                    import_module(f"pinlint.report.{options.output_format}").write(_rows(session, known), out)
            else:
                from pinlint.report import inventory

                inventory.write(_rows(session, known), options.output_format or _TABLES[0], out)
            missed = session.missed(known.unread)
    if known.failed:
        some = ", ".join(f"{path} ({why})" for path, why in list(known.failed.items())[:3])
        raise PinlintError(f"pinlint failed on {counted(len(known.failed), 'file')}, which the list lacks: {some}", REPORT_IT)
    return 2 if options.strict and (missed or known.unread) else 0


def pins(session: Session) -> list[tuple[str, str, str, int]]:
    """(kind, uppermost folder, verdict, how many references) of everything that the files of a session ask for."""
    counts: dict[tuple[str, str, str], int] = {}
    for row in _rows(session, Inventory()):
        folder, slash, _ = row["path"].partition("/")
        key = (row["kind"], folder if slash else "", row["pin"])
        counts[key] = counts.get(key, 0) + 1
    return [(*key, count) for key, count in sorted(counts.items())]


def _rows(session: Session, known: Inventory) -> Iterator[Row]:
    """One object a reference, root by root, sorted by path and then as they stand in the document."""
    from pinlint.schedule import new_tree

    for found in session.found:
        root, seen = found.root, session.seen.setdefault(found.root, {})
        tree = new_tree(root, session.overlay, session.policy(root).looks(), found.commit)
        yield from known.rows(tree, found.files, partial(shown, root), seen)


class Inventory:
    """What is listed, and by path what is not: files that could not be read to their end, and why, and those on which pinlint
    itself failed, and how."""

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}
        self.failed: dict[str, str] = {}

    def rows(
        self, tree: Tree, files: Sequence[tuple[str, Format]], named: Callable[[str], str], seen: dict[str, str]
    ) -> Iterator[Row]:
        """One object a reference, sorted by path and then as they stand in the document; `named(path)` is what people call a file.
        Adds every path to `seen`, with the reason where there is no such file.

        The walk begins with the files that include others: their rows, and no more, wait until they are due."""
        early: dict[str, list[Row]] = {}
        due: list[str] = []
        for one in walk(tree, files, lambda document, format_: _listed(document, format_, tree, named(document.path))):
            seen[one.path] = one.unread if one.absent else ""
            if one.format.includes:
                early[one.path] = self._of(one, named)
                continue
            due = due or sorted(early, reverse=True)
            while due and due[-1] < one.path:
                yield from early.pop(due.pop())
            yield from self._of(one, named)
        for path in sorted(early):
            yield from early[path]

    def _of(self, one: Visited[tuple[list[Row], str]], named: Callable[[str], str]) -> list[Row]:
        """The rows of a file; keeps in mind why there may be more."""
        found, why = one.made or ([], "" if one.absent else one.unread)
        if one.failed:
            self.failed[one.path] = one.failed
        elif why:
            self.unread[named(one.path)] = why
        return found


def _listed(document: Document, format_: Format, tree: Tree, path: str) -> tuple[tuple[list[Row], str], list[str]]:
    """((the rows of a document, why they may not be all), what else it brings in)."""
    items = list(stream(document, format_, tree))
    if any(isinstance(item, Fact) and item.kind == "foreign" for item in items):
        return ([], ""), []
    broken = next((item.detail for item in items if isinstance(item, Fact) and item.kind in _UNREADABLE), "")
    try:
        others = included(document, format_, tree)
    except Exceeded as error:
        others, broken = [], broken or str(error)
    references = [item for item in items if isinstance(item, Reference)]
    located = spans(document, format_, (reference.span for reference in references))
    return ([row(one, path, document.seen(*located[one.span])) for one in references], broken), others


def row(reference: Reference, path: str, region: tuple[int, int, int, int]) -> Row:
    """The object of a reference that stands in a file at a region."""
    line, column, end_line, end_column = region
    return {
        "path": path, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
        "kind": reference.artifact.kind, "name": reference.artifact.name, "version": reference.version,
        "digests": list(reference.digests), "pin": reference.verdict, "settled_by": reference.settled_by, "role": reference.role,
        "purl": _purl(reference), "why": reference.why,
    }  # fmt: skip


def _purl(reference: Reference) -> str:
    if reference.verdict in ("local", "unknown"):
        return ""
    names = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[reference.artifact.kind].folder}.names")
    name, version = (  # before it is percent-encoded, as nobody would find a password in it then
        logged_out(without_credentials(text)) if logged_out(text) != text else text
        for text in (reference.artifact.name, reference.version)
    )
    made: str = names.purl(name, version)
    return made

"""The metadata that a Python script carries in comments (PEP 723), and the lock of uv that settles what it asks for.

    # /// script
    # dependencies = ["httpx"]
    # ///

Knows where such a block begins and ends, as uv has it (crates/uv-scripts); must not know how firm a requirement is.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from pinlint.model import Fact, KeyPath, Reference, Span
from pinlint.semantics.python_locks import table
from pinlint.semantics.python_manifests import Places, asked_in, asked_of_uv, insecure, mendable, unparsable
from pinlint.semantics.python_settled import lock_of_script, settled, stale_script
from pinlint.semantics.python_sources import source_facts
from pinlint.semantics.shown import is_shown
from pinlint.syntax.python import parsed
from pinlint.syntax.toml_values import Unparsable, load, locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["asked_by_noxfile", "asked_by_script"]

_BEGIN = re.compile(r"^# /// script\r?$", re.MULTILINE)
_LINE = re.compile(r"#(?: [^\r\n]*)?(\r?\n|\Z)")
_END = "# ///"
_MOST = 20  # blocks that are looked at: a script has one
#: A day, or a moment of one: what is released later is not taken. A time span ("1 week") moves on.
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].+)?")
_LOOSE = ("floating", "range")
_ROLE = "script dependency"


def asked_by_script(document: Document, tree: Tree) -> Iterator[Reference | Fact] | None:
    """What the block of a script asks for; None where there is none. Raises Unparsable where uv would refuse the script, unless
    it lies where scripts are shown or tried."""
    try:
        found = _block(document)
    except Unparsable:
        if is_shown(document.path):
            return None
        raise
    return None if found is None else _asked(*found, document, tree)


def asked_by_noxfile(document: Document) -> Iterator[Reference | Fact]:
    """The same of a noxfile. Nox takes no lock, and what a session runs with is left open."""
    found = _block(document)
    for one in _read(*found, document)[1] if found else ():
        yield one._replace(role="environment dependency") if one.role == _ROLE else one
        if fact := insecure(one):
            yield fact


def _read(begin: int, end: int, document: Document) -> tuple[dict[str, Any], list[Reference], Places]:
    """(what a block holds, what it asks for, where that stands): every mark of a comment is a blank, so all stays in its place."""
    text = " " * begin + re.sub("^#", " ", document.text[begin:end], flags=re.MULTILINE)
    manifest = load(text)
    if isinstance(manifest, Unparsable):
        error = unparsable(text, manifest)
        error.offset = max(error.offset, begin)
        raise error
    where = Places(text)
    return manifest, [*asked_in(("dependencies",), manifest, where, _ROLE), *asked_of_uv(manifest, where)], where


def _asked(begin: int, end: int, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    manifest, asked, where = _read(begin, end, document)
    lock = lock_of_script(document.path, tree)
    is_locked = tree.exists(f"{document.path}.lock")
    asked = settled([mendable(one, document.text, locked=is_locked) for one in asked], [lock] if lock else [])
    if not is_locked:
        asked = list(_open(asked, manifest, document.path))
    yield from (one for one in asked if not one.settled_by and one.artifact.kind != "pypi")
    yield from (fact for one in asked if (fact := insecure(one)))
    facts = list(source_facts(manifest, locked=is_locked))
    spans = locate(where.text, [fact.span for fact in facts if isinstance(fact.span, KeyPath)])
    yield from (fact._replace(span=spans[fact.span]) for fact in facts if isinstance(fact.span, KeyPath))
    if lock and (why := stale_script(lock, manifest)):
        yield Fact("stale-lock", _place(where, begin), why)
    if not is_locked and (first := next((one for one in asked if _is_open(one)), None)):
        name = document.path.rpartition("/")[2]
        why = f"no {name}.lock settles its versions: run `uv lock --script {name}` and commit it, or ask for exact versions"
        yield Fact("missing-lock", first.span, why)
    yield from (one for one in asked if one.settled_by or one.artifact.kind == "pypi")


def _place(where: Places, begin: int) -> Span:
    """Where a script says what it depends on."""
    found = where.found.get(("dependencies",))
    return found.key if found else Span(begin, begin + len("# /// script"))


def _is_open(reference: Reference) -> bool:
    loose = reference.artifact.kind == "pypi" and reference.verdict in _LOOSE
    return loose and reference.role == _ROLE and not reference.settled_by


def _open(asked: list[Reference], manifest: dict[str, Any], path: str) -> Iterator[Reference]:
    """Without a lock a day may settle ranges; in an example they are there to be copied."""
    day = str(table(table(manifest.get("tool")).get("uv")).get("exclude-newer", ""))
    for one in asked:
        if _is_open(one) and _DAY.fullmatch(day):
            yield one._replace(settled_by=f"exclude-newer: {day[:40]}")
        elif _is_open(one) and is_shown(path):
            yield one._replace(role="example's dependency")
        else:
            yield one


def _block(document: Document) -> tuple[int, int] | None:
    """Where the metadata of a script begins and ends. Raises Unparsable."""
    text = document.text
    begun = [found.start() for found in islice(_BEGIN.finditer(text), _MOST)]
    if begun and any(quote in text for quote in ('"""', "'''", "\\\n", "\\\r\n")):  # a program may quote scripts
        quoted = _quoted(document)
        lines = ((at, document.position(at)[0]) for at in begun)
        begun = [at for at, line in lines if not any(first < line <= last for first, last in quoted)]
    if not begun:
        return None
    if len(begun) > 1:
        raise Unparsable("it has more than one block of script metadata, so its tools refuse it; leave one", begun[1])
    begin = at = text.index("\n", begun[0]) + 1 if "\n" in text[begun[0] :] else len(text)
    end = -1
    while at < len(text) and (line := _LINE.match(text, at)):
        if line[0].rstrip("\r\n") == _END:
            end = at
        at = line.end()
    if end < 0:
        why = f"the block of script metadata has no end, so its tools refuse it: only comments may stand before its `{_END}`"
        raise Unparsable(why, begun[0])
    return begin, end


def _quoted(document: Document) -> list[tuple[int, int]]:
    """The first and the last line of every text of several lines; none of a program that nobody can read."""
    import ast

    module = parsed(document)
    if isinstance(module, Unparsable):
        return []
    strings = (node for node in ast.walk(module) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    return [(node.lineno, node.end_lineno) for node in strings if node.end_lineno and node.end_lineno > node.lineno]

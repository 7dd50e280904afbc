"""The ref of a git repository in a manifest of TOML, Starlark or Python: a commit takes its place, a comment says which tag it was.

Knows the keys by which Cargo, uv, Poetry, pipenv and Bazel tell tags, branches and commits apart, and where a line has room for a
comment, which # begins in all three languages; must not know how a commit is found.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.notations.git_ref import commented, denied
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["argument", "key", "requirement"]

#: The key of a value, up to the quote before it. Of these each tool takes one at a time: `tag` beside `rev` is an error.
_KEY = re.compile(r"""(?P<quote>["']?)(?P<name>tag|branch|rev|ref|commit)(?P=quote)(?P<equals>[ \t]*=[ \t]*["'])\Z""")
_LONGEST_KEY = 100
#: Keys that the key of a commit takes the place of.
_REPLACED = ("tag", "branch")
#: What may follow a string in its line: other values, but no second table, which could have a version of its own to say.
_BEHIND_VALUE = re.compile(r"""["'](?:[^"'#{\r\n]|"[^"\\\r\n]*"|'[^'\r\n]*')*+(?P<comment>(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)""")
#: What may follow a part of the only string of its line, by its quote.
_BEHIND_PART = {
    quote: re.compile(rf"""[^{quote}\\\r\n]*{quote}[^"'#\r\n]*(?P<comment>(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)""")
    for quote in ("'", '"')
}
#: The begin of a line whose first string a place is in; the line of a comment that holds TOML, as in a script.
_FIRST = re.compile(r"""#?[^"'#]*(["'])[^"']*""")


def key(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`rev = "COMMIT"` in place of `tag = "v1"`, `branch = "main"` or `rev = "4a4a4a4"`; pipenv's `ref` keeps its name."""
    return _under("rev", reference, site, document, pin)


def argument(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`commit = "COMMIT",  # v1` in place of `tag = "v1",` in a call of Bazel's."""
    return _under("commit", reference, site, document, pin, "  # ")  # as buildifier puts it


def _under(commit: str, reference: Reference, site: Span, document: Document, pin: Pin, mark: str = " # ") -> list[Edit] | NoPin:
    """The edits that name a commit by the key `commit`."""
    text = document.text
    if text[site.start : site.start + 1] in ("'", '"'):
        site = Span(site.start + 1, site.end - 1)
    found = _KEY.search(text[max(0, site.start - _LONGEST_KEY) : site.start])
    if found is None or text[site.start : site.end] != reference.version:
        return NoPin("its key and its ref do not stand side by side in plain text; write the commit by hand")
    name = found["name"]
    if (name == "tag" and pin.unsafe) or (name == "branch" and not pin.unsafe):
        other = "branch" if name == "tag" else "tag"
        return NoPin(f"{reference.version} is a {other}, and the key says that it is a {name}; find out which is meant")
    before = text[text.rfind("\n", 0, site.start) + 1 : site.start]
    behind = _BEHIND_VALUE.match(text, site.end) if before.count("{") < 2 else None
    if refused := denied(reference, behind, pin):
        return refused
    start = site.start - len(found[0])
    edit = Edit(site, pin.digests[0])
    if name in _REPLACED:
        edit = Edit(Span(start, site.end), f"{commit}{found['equals']}{pin.digests[0]}")
    return [edit, *commented(reference, behind, document, pin, mark)]


def requirement(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`"name @ git+https://host/repository@COMMIT",  # v1`: the ref in the address of a requirement, which is the string or a part
    of it."""
    text = document.text
    first = _FIRST.fullmatch(text, text.rfind("\n", 0, site.start) + 1, site.start)
    behind = _BEHIND_PART[first[1]].match(text, site.end) if first else None
    if refused := denied(reference, behind, pin):
        return refused
    mark = "  # " if document.path.endswith(".py") else " # "
    return [Edit(site, pin.digests[0]), *commented(reference, behind, document, pin, mark)]

"""Images of registries of one's own that the files of a repository ask for, by tag, by digest or by what only a run knows: whether
what is deployed from a repository is held by a tag that can be moved.

Knows how an image is written in what deploys; must not know any vendor's resources. Looks at the files of a repository once a run,
and only where a configuration makes a repository of images whose tags can be moved.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.semantics.mutable_repositories import CHANGES
from pinlint.semantics.pinned_images import COMMENT, HCL, files, pairs
from pinlint.syntax import hcl_tree
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.semantics.expired_pins import Names
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["Asked", "graded"]

#: What is part of each name that is proved to be that of a repository.
_MARKS = (".dkr.ecr.", "-docker.pkg.dev", ".repository_url", ".registry_uri")
_BYTES = tuple(mark.encode() for mark in _MARKS)
_FILLED = r"\$\{[^{}\n]{1,120}\}"
_IMAGE = re.compile(
    rf"(?P<name>(?:{_FILLED}|[A-Za-z0-9._/-])++)(?::(?P<tag>(?:{_FILLED}|[A-Za-z0-9._-])++))?+(?P<digest>@sha256:[0-9a-f]{{64}})?+"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
#: What stands before an image that is run, and what shows that a file is one of those that deploy.
_KEYS = ("image", "image_uri")
_BEFORE = re.compile(r"(?:.*[{,])?\s*(?:-\s+)?[\"']?(?:[Ii]mage|[Ii]mageUri)[\"']?\s*:\s*[\"']?", re.DOTALL)
_AFTER = re.compile(r"[\"']?\s*(?:[,}\]#].*)?", re.DOTALL)
_DEPLOYS = re.compile(r"(?m)^apiVersion:|^\s*\"apiVersion\":|AWS::|[\"']?containerDefinitions[\"']?\s*:")


class Asked(NamedTuple):
    """An image as it is written: its name without tag and digest, which may hold `${…}`, its tag if all of it is known, whether
    by its digest, whether what deploys says so, and where."""

    name: str
    tag: str
    by_digest: bool
    deployed: bool
    path: str
    line: int


def graded(facts: list[Fact], names: Names, tree: Tree) -> Iterator[Fact]:
    """What is said of tags that can be moved: more where one is deployed, nothing where everything is asked for by its digest."""
    known = tree.memo("images that are asked for", "", lambda: list(_asked(tree))) if facts else []
    spend(len(known))
    here = [one for one in known if names.fit(one)]
    by_tag = next((one for one in here if one.deployed and one.tag and not one.by_digest), None)
    if by_tag is not None:
        where = f"{by_tag.path}:{by_tag.line} deploys {_shown(by_tag.name)}:{by_tag.tag}"
        for fact in facts:
            what, all_of_them, remedy = fact.detail.partition(CHANGES)
            yield fact._replace(kind="mutable-deployment", detail=f"{what}, and {where}{remedy}") if all_of_them else fact
    elif not here or not all(one.by_digest for one in (here if names.patterns else known)):  # else another may be of it, too
        yield from facts


def _shown(name: str) -> str:
    return name if len(name) <= 100 else f"…{name[-99:]}"


def _asked(tree: Tree) -> Iterator[Asked]:
    for path in files(tree):
        try:
            data = tree.bytes(path)
            if any(mark in data for mark in _BYTES):
                yield from _of_file(tree.read(path))
        except (Unread, Unparsable):
            continue


def _of_file(document: Document) -> Iterator[Asked]:
    text = document.text
    if document.path.endswith(HCL):
        for key, node in pairs(hcl_tree.body(text)):
            if any(mark in node.value for mark in _MARKS):
                yield from _in(node.value, document, node.start, key)
        return
    yield from _in(text, document, 0, "", deploys=_DEPLOYS.search(text) is not None)


def _in(text: str, document: Document, start: int, key: str, *, deploys: bool = True) -> Iterator[Asked]:
    """Those in a text: that of a value below `key`, or of the whole document."""
    at = 0
    in_hcl = document.path.endswith(HCL)
    for line in text.splitlines(keepends=True):
        for found in _IMAGE.finditer(line) if any(mark in line for mark in _MARKS) else ():
            name = found["name"].lstrip("/")
            before = line[: found.start()]
            if not any(mark in name for mark in _MARKS) or (not in_hcl and COMMENT.search(before)):
                continue
            if in_hcl and "${" not in name and name.endswith(_MARKS[2:]):  # an attribute, in no text
                name = f"${{{name}}}"
            alone = key in _KEYS and found[0] == text
            run = alone or (_BEFORE.fullmatch(before) is not None and _AFTER.fullmatch(line[found.end() :]) is not None)
            tag = found["tag"] or ""
            number, _ = document.position(min(start + at + found.start(), len(document.text)))
            yield Asked(
                name, tag if _TAG.fullmatch(tag) else "", found["digest"] is not None, deploys and run, document.path, number
            )
        at += len(line)

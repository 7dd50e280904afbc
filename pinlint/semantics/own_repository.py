"""The repository that is being read: whether an address leads to it, and the server that it came from.

Knows where git keeps the address that a clone came from; starts no program and asks nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["is_own", "origin"]


_ORIGIN = re.compile(rb"^\[remote \"origin\"\]\s*$(?P<body>(?:\r?\n(?!\[).*)*)", re.MULTILINE)
_URL = re.compile(rb"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)
#: Folders of one machine: `file:///srv/a`, `/srv/a`, `../a`, `C:\\a`.
_LOCAL = re.compile(rb"file:|[./~\\]|[A-Za-z]:[/\\]")


def is_own(name: str, tree: Tree) -> bool:
    """Whether `name` (`host/path`, see `repository_name`) is the repository that this one was cloned from."""
    return name == origin(tree) != ""


def origin(tree: Tree) -> str:
    """The repository that this one was cloned from (`host/path`), "" where git says nothing of it, or names a folder."""
    return tree.memo("origin", "", lambda: _origin(tree))


def _origin(tree: Tree) -> str:
    try:
        section = _ORIGIN.search(tree.bytes(".git/config"))
    except Unread:
        return ""
    url = _URL.search(section["body"]) if section else None
    return repository_name(url[1].decode("utf-8", "replace")) if url and not _LOCAL.match(url[1]) else ""

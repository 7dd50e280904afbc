"""The repository that is being read: whether an address leads to it, and the server that it came from.

Knows where git keeps the address that a clone came from; starts no program and asks nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["INSTANCE", "contexts", "is_own"]

#: The server that a GitLab pipeline runs on, as the pipeline itself calls it.
INSTANCE = "https://$CI_SERVER_FQDN"
#: Hosts that are no GitLab, whatever lies there of a mirror.
_OTHERS = ("github.com", "bitbucket.org", "codeberg.org", "dev.azure.com", "ssh.dev.azure.com")

_ORIGIN = re.compile(rb"^\[remote \"origin\"\]\s*$(?P<body>(?:\r?\n(?!\[).*)*)", re.MULTILINE)
_URL = re.compile(rb"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)


def is_own(name: str, tree: Tree) -> bool:
    """Whether `name` (`host/path`, see `repository_name`) is the repository that this one was cloned from."""
    return name == tree.memo("origin", "", lambda: _origin(tree)) != ""


def contexts(references: list[Reference], document: Document, tree: Tree) -> list[tuple[str, ...]]:  # noqa: ARG001
    """For each reference to a repository of the pipeline's own GitLab the address of the GitLab that this one was cloned from."""
    host = tree.memo("origin", "", lambda: _origin(tree)).partition("/")[0]
    known = (f"https://{host}",) if host and host not in _OTHERS else ()
    return [known if one.artifact.source.startswith(INSTANCE) else () for one in references]


def _origin(tree: Tree) -> str:
    try:
        section = _ORIGIN.search(tree.bytes(".git/config"))
    except Unread:
        return ""
    url = _URL.search(section["body"]) if section else None
    return repository_name(url[1].decode("utf-8", "replace")) if url else ""

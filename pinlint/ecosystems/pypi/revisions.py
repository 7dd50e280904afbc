"""VCS URLs of Python requirements, and how firmly their revisions pin. Loaded where a requirement has one.

Knows what pip makes of such URLs; must not know files.
"""

import re
from typing import NamedTuple

from pinlint.ecosystems.pypi.names import parts

__all__ = ["Revision", "repository", "revision_verdict"]

_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_TAG = re.compile(
    r"(?:refs/tags/.+|(?:[a-z][a-z0-9._/-]*[-_/.]|[a-z]+)?v?[0-9]+(?:[._-][0-9]+)*"
    r"(?:[-_.+]?(?:alpha|beta|preview|pre|post|final|ga|rc|dev|a|b|c)[-_.]?[0-9]*)?)\Z",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"(?:refs/heads/|heads/|refs/pull/|pull/|stable/|releases?/|feature/|origin/)", re.IGNORECASE)


class Revision(NamedTuple):
    """A VCS URL taken apart: repository ("host/path", no credentials), revision ("" without one), where it starts in the URL
    (where it would be inserted, when there is none), and how it is written there (`raw`).
    """

    repository: str
    revision: str
    start: int
    scheme: str
    raw: str


def repository(url: str) -> Revision:
    """A VCS URL taken apart, revision and place included. The revision follows the last @ of the path, percent-encoded."""
    scheme, host, path, _, _ = (part or "" for part in parts(url))
    host = host.rpartition("@")[2].lower()
    before, at, revision = path.rpartition("@")
    path_start = url.find(path, url.find(host) if host else 0) if path else len(url)
    if not at:
        before, revision = path, ""
    if ":" in host and not host.rpartition(":")[2].isdigit():
        host = host.replace(":", "/")
    name = (host + (before if before.startswith("/") or not host else "/" + before)).rstrip("/").removesuffix(".git")
    return Revision(name, _decoded(revision), path_start + len(before) + len(at), scheme.lower(), revision)


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    data = re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes((int(found[1], 16),)), text.encode("utf-8", "surrogateescape"))
    return data.decode("utf-8", "replace")


def revision_verdict(revision: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the revision that a VCS requirement asks for."""
    if not revision:
        return "floating", (), "no revision is asked for, so every install takes the newest commit of the default branch"
    if _HEX.match(revision):
        if len(revision) in (40, 64):
            return "digest", (revision,), ""
        if 7 <= len(revision) < 40 and not revision.isdigit() and not revision.isalpha():
            return "tag", (revision,), "it is a shortened commit: a tag of that name, or another commit, can take its place"
    if len(revision) <= 200 and not _BRANCH.match(revision) and _TAG.match(revision):
        return "tag", (), "a tag can be moved to other code"
    return "floating", (), "a branch moves with every push"

"""Sources of a build that are no folder: a git repository at a ref (`https://host/repo.git#ref:folder`, `?ref=`, `?tag=`,
`?branch=`, `?commit=`), an archive's address.

Knows the addresses that builders fetch; must not know which key of which file holds one. Source: moby/buildkit,
frontend/dockerfile/dfgitutil/git_ref.go; docker/compose, pkg/remote/git.go.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Reference, Span

__all__ = ["GitSource", "git_source", "remote_source"]

_GIT = re.compile(
    r"(?:git|ssh|git\+ssh)://|[\w.-]{1,100}@[\w.-]{1,200}:|github\.com/|https?://[^#?]+\.git(?:[#?]|$)|https?://[^?]*#",
    re.IGNORECASE,
)
_FIELD = re.compile(r"(?P<key>[^=&]*)(?P<equals>=?)(?P<value>[^&]*)")
_ENCODED = r"%([0-9a-fA-F]{2})"  # compiled where one is written
#: What a query may say, and which of it says the ref. Source: dfgitutil/git_ref.go, loadQuery.
_REFS = ("ref", "tag", "branch")
_KEYS = frozenset((*_REFS, "subdir", "checksum", "commit", "keep-git-dir", "submodules", "mtime", "fetch-by-commit"))
_MAY_BE_EMPTY = ("keep-git-dir", "submodules", "fetch-by-commit")
_PREFIXES = {"ref": "", "tag": "refs/tags/", "branch": "refs/heads/"}
_HTTP = re.compile(r"https?://", re.IGNORECASE)


def remote_source(text: str, span: Span, role: str) -> Reference | None:
    """The repository or archive that `text`, written at `span`, is fetched from; None where it names a folder.

    A commit can be written where a ref stands.
    """
    if _GIT.match(text):
        return _repository(text, span, role)
    if _HTTP.match(text):
        verdict, why = url.url_verdict(text)
        return Reference(Artifact("url", url.without_credentials(text), url.origin(text)), "", (), verdict, span, role, why)
    return None


class GitSource(NamedTuple):
    """A git repository that a build fetches: its address, the ref, where in the text that stands (-1 where it does not as it is),
    what says it (a key of the query, "" for the fragment), whether a commit can take its place, the commit that has to be there.
    `problem` says why BuildKit refuses the text ("" = it does not)."""

    address: str
    ref: str
    at: int
    key: str
    replaceable: bool
    expected: str
    problem: str

    def verdict(self, checksum: str = "") -> tuple[str, tuple[str, ...], str]:
        """(verdict, digests as written, why); `checksum` is a commit that is expected by other words."""
        ref, expected = self.ref, checksum or self.expected
        verdict, digests, why = ref_verdict(ref, repository_name(self.address))
        if self.key == "branch":
            verdict, digests, why = "floating", (), f"{ref} is a branch, which moves with every push"
        elif self.key == "tag" and verdict != "tag":
            verdict, digests, why = "tag", (), ""
        if expected and verdict != "digest":
            # BuildKit accepts any prefix of the commit, so a short one binds next to nothing.
            full = ref_verdict(expected)[0] == "digest"
            verdict, digests = ("digest" if full else verdict), (expected,)
            option = "--checksum=" if checksum else ""
            why = "" if full else f"{option}{expected[:40]} is only the beginning of a commit; write all 40 digits"
        return verdict, digests, why


def git_source(text: str) -> GitSource:
    """What a text that names a git repository says of it."""
    address, _, fragment = text.partition("#")
    ref, at, key = fragment.partition(":")[0], len(address) + 1, ""
    bare, mark, query = address.partition("?")
    fields, problem = _fields(query, len(bare) + 1) if mark else ({}, "")
    expected = (fields.get("checksum") or fields.get("commit") or ("", 0))[0]
    named = [one for one in _REFS if one in fields]
    said = {f"{_PREFIXES[one] if not fields[one][0].startswith(_PREFIXES[one]) else ''}{fields[one][0]}" for one in named}
    if len(said | ({ref} if ref else set())) > 1:
        problem = problem or "it says two refs, so BuildKit refuses it"
    if named and not ref:
        key = named[0]
        ref, at = fields[key]
    at = at if ref and text.startswith(ref, at) else -1
    # A commit in one place would be another ref than a second place says, and none is a tag or a branch.
    replaceable = at >= 0 and (named in ([], ["ref"])) and (not named or key == "ref")
    return GitSource(bare, ref, at, key, replaceable, expected, problem if "\0" not in query else "")


def _fields(query: str, start: int) -> tuple[dict[str, tuple[str, int]], str]:
    """(the values of a query by key, with where they stand, why BuildKit refuses it)."""
    found: dict[str, tuple[str, int]] = {}
    problem = ""
    for field in _FIELD.finditer(query):
        key, value = field["key"], field["value"]
        if not key:
            continue
        if "%" in value:
            value = re.sub(_ENCODED, lambda one: chr(int(one[1], 16)), value)
        if key not in _KEYS:
            problem = problem or f"{key[:40]} is nothing that BuildKit knows in a query, so it refuses it"
        elif key in found:
            problem = problem or f"it says {key} twice, so BuildKit refuses it"
        elif not value and key not in _MAY_BE_EMPTY:
            problem = problem or f"its {key} is empty, so BuildKit refuses it"
        found[key] = value, start + field.start("value")
    return found, problem


def _repository(text: str, span: Span, role: str) -> Reference:
    source = git_source(text)
    address = url.without_credentials(source.address)
    artifact = Artifact("git", repository_name(source.address), address)
    if source.problem:
        return Reference(artifact, source.ref, (), "unknown", span, role, source.problem, refused=True)
    verdict, digests, why = source.verdict()
    replaceable = source.replaceable and (verdict != "floating" or not digests)  # what only looks like a commit is nowhere
    version = source.ref or source.expected
    place = Span(span.start + source.at, span.start + source.at + len(version)) if source.at >= 0 else span
    site, notation = (place, "git-commit") if replaceable else (None, "")
    return Reference(artifact, version, digests, verdict, place, role, why, site=site, notation=notation)

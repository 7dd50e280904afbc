"""Sources of a build that are no folder: a git repository at a ref (`https://host/repo.git#ref:folder`), an archive's address.

Knows the addresses that builders fetch; must not know which key of which file holds one. Source: moby/buildkit,
frontend/dockerfile/dfgitutil/git_ref.go; docker/compose, pkg/remote/git.go.
"""

from __future__ import annotations

import re

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Reference, Span

__all__ = ["remote_source"]

_GIT = re.compile(
    r"(?:git|ssh|git\+ssh)://|[\w.-]{1,100}@[\w.-]{1,200}:|github\.com/|https?://[^#?]+\.git(?:[#?]|$)|https?://[^?]*#",
    re.IGNORECASE,
)
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


def _repository(text: str, span: Span, role: str) -> Reference:
    address, _, fragment = text.partition("#")
    ref = fragment.partition(":")[0]
    at = len(address) + 1
    if not ref and (query := re.search(r"[?&]ref=([^&#]+)", address)):
        ref, at = query[1], query.start(1)
    address = address.partition("?")[0]
    verdict, digests, why = ref_verdict(ref)
    place = Span(span.start + at, span.start + at + len(ref)) if ref else span
    source = url.without_credentials(address)
    artifact = Artifact("git", repository_name(address), source)
    return Reference(
        artifact, ref, digests, verdict, place, role, why, site=place if ref else None, notation="git-commit" if ref else ""
    )

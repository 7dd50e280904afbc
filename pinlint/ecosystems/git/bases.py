"""What Kustomize fetches from elsewhere: a directory of a repository at a ref, or one file from a web server.

Knows the addresses that Kustomize takes; must not know which key of which file holds one.
Source: kustomize api/internal/git/repospec.go and api/internal/target (a URL is tried as a file, then as a repository).
"""

from __future__ import annotations

import re

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Reference, Span

__all__ = ["remote"]

_HTTP = re.compile(r"https?://", re.IGNORECASE)
_GIT = re.compile(
    r"git::|(?:git|ssh|git\+ssh)://|gh:|[\w.-]{1,100}@[\w.-]{1,200}[:/]|(?:github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com)[:/]",
    re.IGNORECASE,
)
_REF = re.compile(r"[?&](?:ref|version)=([^&#]*)")
_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "dev.azure.com", "ssh.dev.azure.com")
#: Where such hosts hand out a file instead of showing a repository.
_FILES = ("/releases/download/", "/releases/latest/download/", "/raw/", "/-/raw/")
_SHORT = re.compile(r"gh:|(?=(?:github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com)[:/])", re.IGNORECASE)


def remote(text: str, span: Span, role: str) -> Reference | None:
    """The repository or file that `text`, written at `span`, is fetched from; None where it names something of this repository.

    A commit can be written where a ref stands.
    """
    if _HTTP.match(text.removeprefix("git::")):
        if text.startswith("git::") or _is_repository(text):
            return _repository(text, span, role)
        verdict, why = url.url_verdict(text)
        why = why or "Kustomize checks no sum; keep a copy here, or name the directory of a repository at a commit"
        return Reference(Artifact("url", url.without_credentials(text), url.origin(text)), "", (), verdict, span, role, why)
    return _repository(text, span, role) if _GIT.match(text) else None


def _is_repository(text: str) -> bool:
    address, _, _ = text.partition("?")
    host, _, path = address.partition("://")[2].partition("/")
    if _REF.search(text) or "//" in path or ".git" in path or "_git/" in path:
        return True
    named = path.endswith((".yaml", ".yml", ".json"))
    return host.lower() in _HOSTS and not named and not any(part in f"/{path}" for part in _FILES)


def _repository(text: str, span: Span, role: str) -> Reference:
    found = _REF.search(text)
    ref = found[1] if found else ""
    address = _address(text.partition("?")[0])
    verdict, digests, why = ref_verdict(ref, repository_name(address))
    place = Span(span.start + found.start(1), span.start + found.end(1)) if found and ref else span
    artifact = Artifact("git", repository_name(address), url.without_credentials(address))
    site, notation = (place, "git-commit") if ref else (None, "")
    return Reference(artifact, ref, digests, verdict, place, role, why, site=site, notation=notation)


def _address(text: str) -> str:
    """The address of the repository, without the path inside it: all up to `.git` or `//`, else two segments behind the host."""
    text = text.removeprefix("git::")
    if short := _SHORT.match(text):
        text = f"https://github.com/{text[3:]}" if short[0] else f"https://{text.replace(':', '/', 1)}"
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "", text
    if ".git" in rest:
        end = rest.index(".git") + 4
    elif "//" in rest:
        end = rest.index("//")
    elif "_git/" in rest:
        end = (rest + "/").index("/", rest.index("_git/") + 5)
    else:
        parts = re.split(r"([/:])", rest, maxsplit=3)
        end = len("".join(parts[:5])) if len(parts) > 5 else len(rest)
    return scheme + mark + rest[:end].rstrip("/")

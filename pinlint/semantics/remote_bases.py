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
_FORCED = re.compile("git::", re.IGNORECASE)
_REF = re.compile(r"(?:^|&)(ref|version)=([^&#]*)")
_host_of_repositories = re.compile(
    r"github\.com|gitlab\.com|bitbucket\.org|(?:ssh\.)?dev\.azure\.com|[\w-]+\.visualstudio\.com|git-codecommit\.[\w.-]+",
    re.IGNORECASE,
).fullmatch
#: Where such hosts hand out a file instead of showing a repository.
_FILES = ("/releases/download/", "/releases/latest/download/", "/raw/", "/-/raw/")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_USER = re.compile(r"[^/@:]{1,100}@")
_SEGMENTS = 2  # of a repository's path where nothing marks its end: an owner and a name


def remote(text: str, span: Span, role: str) -> Reference | None:
    """The repository or file that `text`, written at `span`, is fetched from; None where it names something of this repository.

    A commit can be written where a ref stands.
    """
    forced = _FORCED.match(text)
    address = text[forced.end() :] if forced else text
    if not _HTTP.match(address):
        return _repository(text, address, span, role) if _GIT.match(text) else None
    if forced or _is_repository(address):
        return _repository(text, address, span, role)
    verdict, why = url.url_verdict(text)
    why = why or "Kustomize checks no sum; keep a copy here, or name the directory of a repository at a commit"
    return Reference(Artifact("url", url.without_credentials(text), url.origin(text)), "", (), verdict, span, role, why)


def _is_repository(text: str) -> bool:
    """Whether an address of the web is that of a repository: a ref or a mark says so, else a host where repositories live."""
    address, _, query = text.partition("?")
    host, path = _host(address)
    if _REF.search(query) or "_git/" in path or "//" in path or re.search(r"\.git(?:/|$)", path):
        return True
    if not _host_of_repositories(host.rstrip("/").rpartition("/")[2].rpartition("@")[2]):
        return False
    named = path.endswith((".yaml", ".yml", ".json"))
    return path.count("/") + 1 >= _SEGMENTS and not named and not any(part in f"/{path}" for part in _FILES)


def _repository(text: str, address: str, span: Span, role: str) -> Reference:
    start = text.find("?") + 1 or len(text)
    found = {key[1]: key for key in reversed([*_REF.finditer(text[start:])]) if key[2]}
    key = found.get("ref") or found.get("version")
    ref = key[2] if key else ""
    place = Span(span.start + start + key.start(2), span.start + start + key.end(2)) if key else span
    address = _address(address.partition("?")[0])
    verdict, digests, why = ref_verdict(_unquoted(ref), repository_name(address))
    artifact = Artifact("git", repository_name(address), url.without_credentials(address))
    if not _host(address)[1]:
        artifact = artifact._replace(name=artifact.source)
        return Reference(artifact, "", (), "unknown", span, role, "no repository is named behind the host")
    site, notation = (place, "git-commit") if ref else (None, "")
    return Reference(artifact, _unquoted(ref), digests, verdict, place, role, why, site=site, notation=notation)


def _unquoted(ref: str) -> str:
    if "%" not in ref:
        return ref
    from urllib.parse import unquote

    return unquote(ref)


def _host(text: str) -> tuple[str, str]:
    """(scheme, user and host with what ends them, path) of an address. A colon ends the host where no scheme stands before it."""
    scheme = _SCHEME.match(text)
    start = scheme.end() if scheme else 0
    if not scheme and (user := _USER.match(text)):
        start = user.end()
    end = re.compile("/" if scheme else "[/:]").search(text, start)
    return (text[: end.end()], text[end.end() :]) if end else (text, "")


def _address(text: str) -> str:
    """The address of the repository, without the path inside it, which `_git/NAME`, `//` or `.git` ends, whichever is tried first;
    else two segments behind the host."""
    if text[:3].lower() == "gh:":
        text = f"github.com/{text[3:]}"
    host, path = _host(text)
    if not _SCHEME.match(host) and "@" not in host:
        host = f"https://{host[:-1]}/"
    if (mark := path.find("_git/")) >= 0:
        end = (path + "/").index("/", mark + 5)
    elif (mark := path.find("//")) >= 0:
        end = mark
    elif (mark := path.find(".git")) >= 0:
        end = mark + 4
    else:
        end = len("/".join(path.split("/", _SEGMENTS)[:_SEGMENTS]))
    return host + path[:end].rstrip("/")

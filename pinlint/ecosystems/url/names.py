"""Download addresses: which ones name their bytes by themselves.

Must not know any file format.
"""

from __future__ import annotations

import re

__all__ = ["alike", "is_insecure", "local_host", "origin", "purl", "url_verdict", "without_credentials"]

_CREDENTIALS = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#]*@")
#: Values in a query that let in whoever has them: `?private_token=…`, `&X-Amz-Signature=…`.
_LETTING_IN = r"(?i)([?&][\w-]{0,40}(?:token|key|secret|passw|sig|auth|credential)[\w-]{0,40}=)[^&#]+"
#: conda's servers take a token from the path: `https://host/t/TOKEN/channel`.
_IN_PATH = r"(/t/)[A-Za-z0-9-]{2,}(?=/|\Z)"
_ORIGIN = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*)://(?:[^/?#]*@)?([^/?#@]+)")
# Compiled where they are used: few addresses come that far.
#: 0.0.0.0 and [::] lead to this machine where they lead anywhere; names below localhost do by RFC 6761.
_LOCAL = r"(?i)(?:(?:[^/?#@:\s]+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[(?:::1?|::ffff:127(?:\.\d+){3})\])(?::\d*)?"
# A path that holds a full commit names its content, as OpenSSF Scorecard also accepts: files and archives of GitHub, its gists and
# a CDN in front of it, of Bitbucket, and on any host of GitLab, Forgejo and Gitea.
_BY_COMMIT = (
    r"https://(?:raw\.githubusercontent\.com/[^/?#]+/[^/?#]+/|github\.com/[^/?#]+/[^/?#]+/(?:raw|archive)/"
    r"|codeload\.github\.com/[^/?#]+/[^/?#]+/[\w.]+/|gist\.github(?:usercontent)?\.com/[^/?#]+/[^/?#]+/raw/"
    r"|cdn\.jsdelivr\.net/gh/[^/?#]+/[^/?#@]+@|bitbucket\.org/[^/?#]+/[^/?#]+/(?:raw|get)/"
    r"|[^?#]+/-/(?:raw|archive)/|[^?#]+/raw/commit/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?:/|\.(?:zip|tar\.gz|tgz|tar\.bz2)\Z|\Z)"
)


def without_credentials(url: str) -> str:
    """The URL with `user:password@`, the values of tokens in its query and a token in its path taken out; fit for messages."""
    url = _CREDENTIALS.sub(r"\1", url)
    url = re.sub(_IN_PATH, r"\1…", url) if "/t/" in url else url
    return re.sub(_LETTING_IN, r"\1…", url) if "?" in url else url


def origin(url: str) -> str:
    """`scheme://host[:port]` in lower case, credentials dropped; "" for what is no absolute URL."""
    match = _ORIGIN.match(url)
    return f"{match[1].lower()}://{match[2].lower()}" if match else ""


def local_host(host: str) -> bool:
    """Whether a host as addresses hold it, with or without a port, is this machine: nobody is on the way there."""
    return re.fullmatch(_LOCAL, host) is not None


def is_insecure(url: str) -> bool:
    """Whether the URL is fetched without TLS from another machine."""
    match = _ORIGIN.match(url)
    return match is not None and match[1].lower() in ("http", "ftp", "git") and not local_host(match[2])


def url_verdict(url: str) -> tuple[str, str]:
    """(verdict, why) of a download without a checksum: `digest` where the address itself names the content, else floating."""
    if re.match(_BY_COMMIT, url):
        return "digest", "the address names a full commit"
    return "floating", ""


def purl(name: str, version: str) -> str:
    """`pkg:generic/FILE?download_url=URL`; without an address `pkg:generic/NAME`."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    last = name.split("?", 1)[0].rstrip("/").rpartition("/")[2] or "download"
    return package_url("generic", last, version, download_url=name if "://" in name else "")


def alike(text: str) -> tuple[str, ...]:
    """An address of a policy; () for one without a scheme, which fits none."""
    return (text,) if "://" in text or "*" in text.partition("/")[0] else ()

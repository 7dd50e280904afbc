"""NET902 of downloads: whether their address still leads to something. Nothing of it is fetched.

That a private repository's files look as if they were not there is a habit of code hosts: what they lack is told only of
repositories that anybody can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pinlint.logins import refused, strange
from pinlint.pins import NoPin
from pinlint.verify.evidence import MISSING, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.wire import Large

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET902"
_GONE = (404, 410)
#: Hosts of GitHub's repositories, whose names are the first two parts of a path.
_GITHUB = ("github.com", "raw.githubusercontent.com", "codeload.github.com")
#: What stands in the address of a file on other code hosts.
_OTHERS = ("/-/", "/raw/", "/src/", "/archive/", "/releases/")
_LITTLE = 64 * 1024
#: What may be a page and is no file whose place a page to log in, or one that says that nothing is there, could have taken.
_PAGE = re.compile(r"\.x?html?$|/[^.]*$")


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What is at the address, which has to be one that stands there as it is."""
    question = pinned.question
    url = max(question.name, question.source, key=len)  # of some the source is only where it lies
    if question.kind != "url" or not url.startswith(("https://", "http://")):
        return None
    if "@" in url.partition("://")[2].partition("/")[0] or "$" in url or "{{" in url or not url.isprintable() or " " in url:
        question = question._replace(problem="its address holds credentials or a variable, which are sent nowhere")
    return Inquiry("addresses", question._replace(source=url.partition("#")[0], digests=(), directions=(), notation=""))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The status at the address, and whether the repository that the file belongs to is anybody's to see."""
    url = inquiry.question.source
    status, kind = _status(url, hosts)
    if status in _GONE and (public := _repository(url)):
        return Evidence({"status": [str(status)], "repository": [str(_status(public, hosts)[0])]})
    return Evidence({"status": [str(status)], "type": [kind]})


def _status(url: str, hosts: Hosts) -> tuple[int, str]:
    """(the status, the media type) that a HEAD is answered with, or a GET of the first byte where that is refused. Raises
    Failed."""
    answer = hosts.client.request("HEAD", url, named_by="the repository")
    if answer.status in (400, 403, 404, 405, 410, 501):
        try:
            answer = hosts.client.request("GET", url, {"Range": "bytes=0-0"}, largest=_LITTLE, named_by="the repository")
        except Large as error:  # it sends more than a byte
            return error.status, ""
    return answer.status, answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _repository(url: str) -> str:
    """The address that says whether the repository of a file is public; "" where there is none."""
    parts = urlsplit(url)
    owner, _, rest = parts.path.lstrip("/").partition("/")
    name = rest.partition("/")[0]
    return f"https://github.com/{owner}/{name}" if parts.hostname in _GITHUB and owner and name else ""


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:  # noqa: ARG001
    """Whether it can be fetched."""
    if evidence.none is not None:
        yield Outcome.unknown(_RULE, evidence.none)
        return
    url, status = max(pinned.question.name, pinned.question.source, key=len), evidence.number("status")
    host = urlsplit(url).hostname or ""
    hidden = evidence.first("repository") not in ("", "200") or (
        "repository" not in evidence.facts and any(part in urlsplit(url).path for part in _OTHERS)
    )
    if status in (200, 206) and evidence.first("type") == "text/html" and not _PAGE.search(urlsplit(url).path):
        yield Outcome.unknown(_RULE, strange(host, "no file"))
    elif status in (200, 206):
        yield Outcome(_RULE, TRUE)
    elif status in _GONE and hidden:
        yield Outcome.unknown(_RULE, NoPin(f"{host} has no such file, or it is one of a private repository"))
    elif status in _GONE:
        yield Outcome(_RULE, MISSING, f"{host} has nothing at this address any more, so it cannot be fetched")
    else:
        yield Outcome.unknown(_RULE, refused(host, status))

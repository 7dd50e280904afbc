"""A git host as it answers in protocol 2: the objects that are asked for by their names.

No git program and no clone: what arrives is read here and bounded in bytes, objects and time. A host that cannot say what is asked
(the older protocol, no filters) is one that could not be asked. Source: gitprotocol-v2(5), gitprotocol-http(5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.ecosystems.git.credentials import Helpers, authorization, place
from pinlint.ecosystems.git.packs import Broken, Object, objects
from pinlint.http import Client, Failed, Response, origin
from pinlint.once import Once

__all__ = ["BLOBS", "HISTORY", "Host", "Missing", "Unable"]

#: Filters of what is fetched: files by name only; neither files nor folders.
BLOBS, HISTORY = "filter blob:none", "filter tree:0"

_HELLO_LARGEST, _PACK_LARGEST = 16 << 20, 64 << 20
_ANSWER = "application/x-git-upload-pack-result"
_HEADERS = {"Git-Protocol": "version=2", "Content-Type": "application/x-git-upload-pack-request", "Accept": _ANSWER}
_NOT_THERE = re.compile(rb"not our ref|not a valid object|unknown object|bad object|no such (?:ref|commit)", re.IGNORECASE)


class Missing(Failed):
    """The host says that it has no such object."""


class Unable(Failed):
    """The host does not offer what would be needed to ask it."""


class _Offer(NamedTuple):
    """What a repository's host can do, and where it answers: the address after redirects, and what is sent along."""

    url: str
    secret: str
    fetch: frozenset[str]
    algorithm: str


class Host:
    """Asks the git hosts of a run, for all of its threads."""

    def __init__(
        self,
        client: Client,
        authorization_of: Callable[[str, str], str] = authorization,
        helper: Callable[[str], str] | None = None,
    ) -> None:
        self._client = client
        self._authorization_of = authorization_of
        self._helped = Once(helper or Helpers())
        self._offers = Once(self._advertised)

    def offers_filter(self, url: str) -> bool:
        """Whether a part of a commit can be fetched. Raises Failed where nobody answers."""
        return "filter" in self._offers(url).fetch

    def algorithm(self, url: str) -> str:
        """The hash by which the repository names its objects. Raises Failed where nobody answers."""
        return self._offers(url).algorithm

    def fetch(self, url: str, wants: Sequence[str], *more: str, largest: int = _PACK_LARGEST) -> dict[str, Object]:
        """The objects of these names with what follows from them, by name; `more` are further lines of the question. Raises Missing
        where the host lacks one, Failed where it does not answer or its answer is none."""
        offer = self._offers(url)
        if any(line.startswith("filter ") for line in more) and "filter" not in offer.fetch:
            raise Unable(f"{_where(url)} sends no parts of a repository (uploadpack.allowFilter)")
        lines = ["no-progress", *(f"want {one}" for one in wants), *more, "done"]
        body = self._ask(offer, "fetch", lines, largest)
        try:
            return objects(_pack(body, url), offer.algorithm)
        except Broken as error:
            raise Failed(f"{_where(url)} sends a pack that cannot be read: {error}") from None

    def _ask(self, offer: _Offer, command: str, arguments: Sequence[str], largest: int) -> bytes:
        form = [f"object-format={offer.algorithm}"] if offer.algorithm != "sha1" else []
        before = [f"command={command}", "agent=pinlint", *form]
        content = b"".join([*map(_packet, before), b"0001", *map(_packet, arguments), b"0000"])
        answer = self._client.request(
            "POST", f"{offer.url}/git-upload-pack", _HEADERS, content=content, secret=offer.secret, largest=largest
        )
        if answer.status != 200 or answer.headers.get("content-type", "") != _ANSWER:
            raise Failed(f"{_where(offer.url)} answers {answer.status} to a question in git's protocol")
        return answer.body

    def _advertised(self, url: str) -> _Offer:
        """What the host of a repository says that it can do."""
        address = f"{url}/info/refs?service=git-upload-pack"
        secret = self._authorization_of(urlsplit(url).scheme, place(url))
        answer = self._hello(address, secret)
        if answer.status == 401 and origin(answer.url) == origin(url) and (helped := self._helped(url)):
            secret = helped
            answer = self._hello(address, secret)
        if answer.status != 200:
            hint = ": no such repository, or a private one" if answer.status in (401, 403, 404) else ""
            raise Failed(f"{_where(url)} answers {answer.status}{hint}", retry=answer.status >= 500)
        lines = [line.rstrip(b"\n").decode("utf-8", "replace") for line in _lines(answer.body, url)]
        if "version 2" not in lines:
            raise Unable(f"{_where(url)} does not speak version 2 of git's protocol")
        said = dict(line.partition("=")[::2] for line in lines)
        algorithm = said.get("object-format", "sha1")
        if algorithm not in ("sha1", "sha256"):
            raise Unable(f"{_where(url)} names its objects by {algorithm[:20]}, which pinlint does not know")
        there = answer.url.partition("/info/refs")[0]
        return _Offer(there, secret if origin(there) == origin(url) else "", frozenset(said.get("fetch", "").split()), algorithm)

    def _hello(self, address: str, secret: str) -> Response:
        return self._client.request("GET", address, {"Git-Protocol": "version=2"}, secret=secret, largest=_HELLO_LARGEST)


def _packet(line: str) -> bytes:
    data = f"{line}\n".encode()
    return b"%04x%s" % (len(data) + 4, data)


def _lines(body: bytes, url: str) -> Iterator[bytes]:
    """The lines in git's framing; what divides them is an empty one. Raises Failed where it is none, or breaks off."""
    at = 0
    while at < len(body):
        head = body[at : at + 4]
        if not re.fullmatch(rb"[0-9a-fA-F]{4}", head):
            raise Failed(f"{_where(url)} does not answer in git's framing")
        size = int(head, 16)
        if at + size > len(body):
            raise Failed(f"{_where(url)} broke off in the middle of its answer", retry=True)
        line = body[at + 4 : at + size] if size > 4 else b""
        if line.startswith(b"ERR "):
            raise _refused(line[4:], url)
        yield line
        at += max(size, 4)


def _refused(said: bytes, url: str) -> Failed:
    text = " ".join(said.decode("utf-8", "replace").split())[:100]
    if _NOT_THERE.search(said):
        return Missing(f"{_where(url)} answers: {text}")
    return Failed(f"{_where(url)} answers: {text}")


def _pack(body: bytes, url: str) -> bytes:
    """The pack in an answer to a fetch. Raises Failed."""
    chunks, inside = [], False
    for line in _lines(body, url):
        if inside and line[:1] == b"\1":
            chunks.append(line[1:])
        elif inside and line[:1] == b"\3":
            raise _refused(line[1:], url)
        elif line == b"packfile\n":
            inside = True
    return b"".join(chunks)


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"

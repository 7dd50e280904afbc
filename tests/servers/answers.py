"""All the registries there are, for a rule page or a fixture: what they answer at which address stands in fences `LANGUAGE answers
ADDRESS`, and nobody answers anything else.

The answers come in where connections would be made, so that every rule of the client about addresses, redirects and sizes is kept.
What git hosts say is written as `git ls-remote` prints it, or, in a fence `git answers ADDRESS`, as a whole repository
(`git_answers`); a manifest is served under its digest, too, as registries do. A LANGUAGE that is a number is the status of an
answer (`404`), `base64` are bytes, and any other is what the answer is made of (`json`, or a media type).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from fences import Block

from pinlint.http import Client
from servers.git_answers import GitAnswers

__all__ = ["Answers", "user"]

_TYPES = {"html": "text/html", "json": "application/json", "xml": "application/xml", "yaml": "application/yaml"}
_GIT = "/git-upload-pack"
_MANIFEST = re.compile(r"(.*/v2/.*/manifests/)([^/]+)")
#: The user's Maven sends everything to the one registry there is.
_MIRROR = "<mirror><id>all</id><mirrorOf>*</mirrorOf><url>https://registry.example/maven</url></mirror>"
#: How the names of variables begin that tell of a user's registries.
_TOLD = (
    "PIP_", "UV_", "NPM_", "DOCKER_", "REGISTRY_", "CONTAINERS_", "HELM_", "XDG_", "MAVEN_", "M2_", "MVNW_", "GIT", "GH_", "GL_",
    "GITLAB_", "CI", "NETRC",
)  # fmt: skip
#: The user's pip, as far as pinlint asks it.
_PIP = """\
#!/bin/sh
case "$1" in
config) echo ":env:.index-url='https://registry.example/simple/'" ;;
--version) echo "pip 25.0 from /usr/lib/python3/dist-packages/pip (python 3.12)" ;;
esac
"""


class Answers(httpx.BaseTransport):
    """What is answered, by address; `asked` are the addresses that were asked for, `unknown` those that nobody answers at."""

    def __init__(self, fences: Iterable[Block]) -> None:
        self.asked: set[str] = set()
        self.unknown: set[str] = set()
        fences = list(fences)
        self._fences = {one.path: one for one in fences if one.language != "git"}
        self._repositories = {one.path: GitAnswers(one.text) for one in fences if one.language == "git"}
        self._contents = dict(_by_digest(self._fences.values()))

    @property
    def unused(self) -> list[str]:
        """The addresses that nobody asked for."""
        return [address for address in (*self._fences, *self._repositories) if address not in self.asked]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        request.read()
        for repository, told in self._repositories.items():
            if url == f"{repository}/info/refs?service=git-upload-pack" or url == f"{repository}{_GIT}":
                self.asked.add(repository)
                return _of_git(told, request)
        address = self._contents.get(url, url)
        if address not in self._fences:
            self.unknown.add(f"{request.method} {url}")
            return httpx.Response(404, stream=httpx.ByteStream(b""))
        self.asked.add(address)
        one = self._fences[address]
        status = int(one.language) if one.language.isdigit() else 200
        body = b"" if request.method == "HEAD" else _body(one)
        return httpx.Response(status, headers=_headers(one), stream=httpx.ByteStream(body))


def _of_git(told: GitAnswers, request: httpx.Request) -> httpx.Response:
    content = told.hello() if request.method == "GET" else told.answer(request.content)
    headers = {"content-type": "application/x-git-upload-pack-result", "content-length": str(len(content))}
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))


def _by_digest(fences: Iterable[Block]) -> Iterator[tuple[str, str]]:
    """(the address by its digest, the address by its tag) of each manifest."""
    for one in fences:
        if match := _MANIFEST.fullmatch(one.path):
            yield f"{match[1]}{_digest(one)}", one.path


def _digest(one: Block) -> str:
    return f"sha256:{hashlib.sha256(_body(one)).hexdigest()}"


def _headers(one: Block) -> dict[str, str]:
    kind = (
        "application/x-git-upload-pack-result"
        if one.path.endswith(_GIT)
        else _TYPES.get(one.language, one.language if "/" in one.language else "text/plain")
    )
    headers = {"content-type": kind, "content-length": str(len(_body(one)))}
    return headers | ({"docker-content-digest": _digest(one)} if _MANIFEST.fullmatch(one.path) else {})


def _body(one: Block) -> bytes:
    if one.path.endswith(_GIT):
        return _listed(one.text)
    return base64.b64decode(one.text) if one.language == "base64" else one.text.encode()


def _listed(text: str) -> bytes:
    """An answer to `ls-refs`: what `git ls-remote` prints, tags with the commits that they lead to."""
    lines = [line.split() for line in text.splitlines()]
    peeled = {name.removesuffix("^{}"): commit for commit, name in lines if name.endswith("^{}")}
    told = [
        f"{commit} {name}{f' peeled:{peeled[name]}' if name in peeled else ''}\n".encode()
        for commit, name in lines
        if not name.endswith("^{}")
    ]
    return b"".join(f"{len(line) + 4:04x}".encode() + line for line in told) + b"0000"


def user(home: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process is somebody without logins, whose tools ask https://registry.example/ and who reaches nobody else
    than who answers."""
    for name in list(os.environ):
        if name.upper().startswith(_TOLD):
            monkeypatch.delenv(name)
    (home / "bin").mkdir(parents=True)
    (home / "bin/pip").write_text(_PIP, encoding="utf-8")
    (home / "bin/pip").chmod(0o755)
    (home / ".m2").mkdir()
    (home / ".m2/settings.xml").write_text(f"<settings><mirrors>{_MIRROR}</mirrors></settings>", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    (home / "bin/git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(home / "bin"))
    monkeypatch.setenv("npm_config_registry", "https://registry.example/")
    monkeypatch.setenv("GITLAB_HOST", "https://gitlab.example")
    monkeypatch.setattr(Client, "_transport_for", lambda *_: answers)
    monkeypatch.setattr("pinlint.http._backoff", lambda _: 0.0)

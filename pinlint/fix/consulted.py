"""Whom a `--fix` would ask first, as whom and by which way: found by asking everything of a client that sends nothing.

Knows where each ecosystem's tools keep their logins, and says that and never what they are; must not know how it is shown.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.git.credentials import place as git_place
from pinlint.ecosystems.git.credentials import tokens
from pinlint.ecosystems.oci.credentials import places
from pinlint.fix.mend import mend
from pinlint.http import Client, Failed, Response, origin
from pinlint.logins import from_netrc
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.registries import Registries
from pinlint.session import Session

__all__ = ["VARIABLES", "Consulted", "consulted"]

#: What changes the way to every host.
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
#: Where the tools of an ecosystem keep logins that they bind to an address.
_TOOLS = {
    "npm": "npm's configuration",
    "pypi": "the address of the index, in the configuration of pip or uv",
    "maven": "Maven's settings.xml",
}
#: Ecosystems whose tools look into netrc.
_NETRC = ("git", "pypi")
#: What is asked for a login only where a server wants one.
_LATER = {"git": "git's credential helpers, if it wants a login", "pypi": "a keyring, if it wants a login"}


class Consulted(NamedTuple):
    """Somebody who would be asked: for how many questions about what kinds, where logins would come from, which proxy is on the way
    ("" = none), and the files of certificates that are trusted or shown there beside the system's."""

    address: str
    kinds: tuple[str, ...]
    questions: int
    logins: tuple[str, ...]
    proxy: str
    files: tuple[str, ...]


class _Noted(NamedTuple):
    kind: str
    name: str
    address: str
    secret: bool
    proxy: str
    files: tuple[str, ...]


_thread = threading.local()
_noted: list[_Noted] = []


class _Silent(Client):
    """A client that notes what it would send, and sends nothing."""

    def request(
        self,
        method: str,  # noqa: ARG002
        url: str,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        *,
        content: bytes = b"",  # noqa: ARG002
        secret: str = "",
        largest: int = 0,  # noqa: ARG002
        tries: int = 0,  # noqa: ARG002
        named_by: str = "",
        sums: Sequence[str] = (),  # noqa: ARG002
    ) -> Response:
        """Never an answer."""
        scheme, host, port = here = origin(url)
        place = f"{host}:{port}"
        asked: Question = _thread.question
        files = (*self._authorities(place), *filter(None, self._identity(place))) if scheme == "https" else ()
        shown = f"{scheme}://{git_place(url)}"
        _noted.append(_Noted(asked.kind, asked.name, shown, bool(secret), self._proxy_place(url), tuple(dict.fromkeys(files))))
        self._guard(here, here, named_by and host)
        raise Failed("nothing is sent")


def consulted(session: Session) -> list[Consulted]:
    """Everybody whom fixing the files of a session would ask, by address; not what those lead to."""
    registries = Registries(_Silent)
    _noted.clear()

    def resolve(question: Question) -> Pin | NoPin:
        _thread.question = question
        return registries.resolve(question)

    mend(session.found, session.policy, resolve, (), unsafe=session.options.unsafe_fixes, write=False)
    registries.client.close()
    by_address: dict[str, list[_Noted]] = {}
    for one in dict.fromkeys(_noted):
        by_address.setdefault(one.address, []).append(one)
    return [_described(address, some) for address, some in sorted(by_address.items())]


def _described(address: str, noted: list[_Noted]) -> Consulted:
    return Consulted(
        address,
        tuple(kind for kind in ECOSYSTEMS if any(one.kind == kind for one in noted)),
        len({(one.kind, one.name) for one in noted}),
        tuple(dict.fromkeys(login for one in noted for login in _logins(one))),
        noted[0].proxy,
        noted[0].files,
    )


def _logins(one: _Noted, environment: Mapping[str, str] = os.environ) -> Iterable[str]:
    """Where a login would come from that goes along, or that is looked for once the server wants one."""
    folder, (scheme, _, host) = ECOSYSTEMS[one.kind].registry, one.address.partition("://")
    machine = origin(one.address)[1]
    if folder == "oci" or (folder == "helm" and one.name.count("/") > 1):
        yield from places(f"{host}/{one.name.partition('/')[2]}", environment)
        if machine.endswith("docker.io"):
            yield from places(one.name, environment)
    elif folder == "git":
        named = [name for name in tokens(host, environment) if environment.get(name, "").strip()] if scheme == "https" else []
        yield from named[:1]
    netrc = folder in _NETRC and bool(from_netrc(machine, environment))
    if netrc:
        yield environment.get("NETRC") or "~/.netrc"
    elif one.secret and folder in _TOOLS:
        yield _TOOLS[folder]
    if folder in _LATER:
        yield _LATER[folder]

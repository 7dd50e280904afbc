"""Which indexes pip asks, and who the user is there.

Knows pip's configuration as pip itself reports it, and uv's where pip's names no index. Requirements files may name indexes, but no
secret: what they say is handed in by the caller, and a login comes from the user's own configuration, bound to the index or host
that it is given for. Source: pip's documentation (configuration, authentication).
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from pinlint.ecosystems.pypi import uv
from pinlint.ecosystems.pypi.credentials import Keyring
from pinlint.executables import program
from pinlint.logins import basic, from_netrc
from pinlint.once import Late, Once
from pinlint.ways import Way

__all__ = ["Configuration"]

_PIP_SECONDS = 30
#: Of two settings the later one counts. Source: pip's `ConfigOptionParser`.
_SECTIONS = ("global", "install", ":env:")
_LINE = re.compile(r"([\w:-]+)\.([\w-]+)=('.*'|\".*\")\Z")
_PYTHON = re.compile(r"\(python ([0-9]+\.[0-9]+)\)")
_DEFAULT = re.compile(r"--index-url\b.*?\(default\s+(\S+?)\)", re.DOTALL)


class Configuration(Way):
    """The user's own configuration of pip: the indexes (the default one first, "" where nobody knows it), pages or directories of
    files, and whether indexes are asked at all. `plain_hosts` are those that it lets pip ask without TLS."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        found, ours = _said_by_pip(environment), uv.of_user(environment)
        first, more = found.get("index-url") or found.get("pypi-url") or "", found.get("extra-index-url", "").split()
        if not first and not more:
            first, more = ours.first, list(ours.more)
        self.indexes = [url for url in (first or _default(environment), *more) if url]
        self.find_links = found.get("find-links", "").split()
        self.no_index = _is_on(found.get("no-index", ""))
        plain = [urlsplit(url).hostname or "" for url in (*self.indexes, *self.find_links) if url.startswith("http:")]
        self.plain_hosts = {*plain, *(host.partition(":")[0] for host in found.get("trusted-host", "").split())}
        provider = found.get("keyring-provider") or environment.get("UV_KEYRING_PROVIDER") or "auto"
        if provider == "auto" and _is_on(found.get("no-input", "")):
            provider = "disabled"  # a keyring may ask the user to unlock it
        self._keyring = Keyring(provider, _pip_path(environment), environment)
        self._python = Late(lambda: _version_of_python(environment))
        self._logins: dict[tuple[str, str], str] = {}
        self._asked = Once(self._from_keyring)

    @property
    def python(self) -> str:
        """The version of the Python that the user's pip installs for, at its last patch; "" if nobody knows it."""
        return self._python()

    def authorization(self, url: str) -> str:
        """The value of the Authorization header for an address, or "": what a keyring gave for its host, else the login written in
        the index on that host, else netrc's for the host."""
        place = _place(urlsplit(url))
        if place in self._logins:
            return self._logins[place]
        for known in self._on(place):
            login, at, _ = known.netloc.rpartition("@")
            if at:
                user, _, password = login.partition(":")
                return basic(unquote(user), unquote(password))
        parts = urlsplit(url)
        usual = parts.port in (None, 443 if parts.scheme == "https" else 80)  # netrc knows no ports, and anybody may listen on one
        return from_netrc(parts.hostname or "", self._environment) if usual or self._on(place) else ""

    def second(self, url: str) -> str:
        """What to say at an address that wants another login than `authorization` gave, or "": the user's keyring is asked, once
        for each host, and only for hosts of the user's own indexes."""
        return self._asked(_place(urlsplit(url)))

    def names(self, url: str) -> bool:
        """Whether one of the user's indexes is on the host of an address."""
        return bool(self._on(_place(urlsplit(url))))

    def _on(self, place: tuple[str, str]) -> list[SplitResult]:
        """The user's indexes on a host."""
        return [known for known in map(urlsplit, (*self.indexes, *self.find_links)) if _place(known) == place]

    def _from_keyring(self, place: tuple[str, str]) -> str:
        for known in self._on(place):
            user = unquote(known.netloc.rpartition("@")[0].partition(":")[0])
            for service in (known._replace(netloc=place[1]).geturl(), place[1]):
                if found := self._keyring(service, user):
                    self._logins[place] = basic(*found)
                    return self._logins[place]
        return ""


def _place(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.rpartition("@")[2]


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "true", "yes", "on")


def _said_by_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that `pip install` goes by, from all that pip reads; the variables' where there is no pip."""
    sections: dict[str, dict[str, str]] = {}
    for line in _pip(["config", "list"], environment).splitlines():
        if match := _LINE.match(line.strip()):
            sections.setdefault(match[1], {})[match[2]] = str(ast.literal_eval(match[3]))
    if not sections:
        sections[":env:"] = {
            name[4:].lower().replace("_", "-"): value for name, value in environment.items() if name.startswith("PIP_") and value
        }
    return {key: value for section in _SECTIONS for key, value in sections.get(section, {}).items()}


def _default(environment: Mapping[str, str]) -> str:
    """The index that pip asks unless it is told another, as its own help names it; no host is written down here."""
    match = _DEFAULT.search(_pip(["install", "--help"], environment))
    return match[1] if match else ""


def _version_of_python(environment: Mapping[str, str]) -> str:
    match = _PYTHON.search(_pip(["--version"], environment))
    return f"{match[1]}.999" if match else ""


def _pip_path(environment: Mapping[str, str]) -> str:
    """Where the user's pip is; "" if there is none."""
    return program("pip", environment) or program("pip3", environment)


def _pip(arguments: list[str], environment: Mapping[str, str]) -> str:
    """What the user's pip prints, run in an empty directory; "" where there is none."""
    found = _pip_path(environment)
    command = [found] if found else [sys.executable, "-I", "-m", "pip"]
    told = {**environment, "COLUMNS": "1000", "NO_COLOR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with tempfile.TemporaryDirectory(prefix="pinlint-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - an absolute path, no shell, the user's own pip
                [*command, *arguments],
                cwd=folder,
                env=told,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PIP_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""

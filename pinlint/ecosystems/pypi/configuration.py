"""Which indexes pip asks, and who the user is there.

Knows pip's configuration as pip itself reports it, and netrc. Requirements files may name indexes, but no secret: what they say
is handed in by the caller, and a login comes from the user's own configuration, bound to the index or host that it is given for.
Source: pip's documentation (configuration, authentication).
"""

from __future__ import annotations

import ast
import base64
import netrc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

__all__ = ["Configuration"]

_PIP_SECONDS = 30
#: Of two settings the later one counts. Source: pip's `ConfigOptionParser`.
_SECTIONS = ("global", "install", ":env:")
_LINE = re.compile(r"([\w:-]+)\.([\w-]+)=('.*'|\".*\")\Z")
_PYTHON = re.compile(r"\(python ([0-9]+\.[0-9]+)\)")
_DEFAULT = re.compile(r"--index-url\b.*?\(default\s+(\S+?)\)", re.DOTALL)


class Configuration:
    """The user's own configuration of pip: the indexes (the default one first, "" where nobody knows it), pages or directories of
    files, and whether indexes are asked at all. `plain_hosts` are those that it lets pip ask without TLS."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._python: str | None = None
        found = _said_by_pip(environment)
        first = found.get("index-url") or found.get("pypi-url") or _default(environment)
        self.indexes = [url for url in (first, *found.get("extra-index-url", "").split()) if url]
        self.find_links = found.get("find-links", "").split()
        self.no_index = found.get("no-index", "").lower() in ("1", "true", "yes", "on")
        plain = [urlsplit(url).hostname or "" for url in (*self.indexes, *self.find_links) if url.startswith("http:")]
        self.plain_hosts = {*plain, *(host.partition(":")[0] for host in found.get("trusted-host", "").split())}

    @property
    def python(self) -> str:
        """The version of the Python that the user's pip installs for, at its last patch; "" if nobody knows it."""
        with self._lock:
            if self._python is None:
                match = _PYTHON.search(_pip(["--version"], self._environment))
                self._python = f"{match[1]}.999" if match else ""
            return self._python

    def authorization(self, url: str) -> str:
        """The value of the Authorization header for an address, or "": the login written in the index that it lies under or on the
        host of, else netrc's for the host."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        for index in (*self.indexes, *self.find_links):
            known = urlsplit(index)
            login, at, where = known.netloc.rpartition("@")
            if at and (known.scheme, where) == (parts.scheme, host):
                user, _, password = login.partition(":")
                return _basic(unquote(user), unquote(password))
        path = self._environment.get("NETRC") or os.path.join(self._environment.get("HOME") or os.path.expanduser("~"), ".netrc")
        try:
            found = netrc.netrc(path).hosts.get(parts.hostname or "")
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            return ""
        return _basic(found[0], found[2] or "") if found else ""


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


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


def _pip(arguments: list[str], environment: Mapping[str, str]) -> str:
    """What the user's pip prints, run in an empty directory; "" where there is none."""
    found = shutil.which("pip", path=environment.get("PATH")) or shutil.which("pip3", path=environment.get("PATH")) or ""
    command = [found] if os.path.isabs(found) else [sys.executable, "-I", "-m", "pip"]
    told = {**environment, "COLUMNS": "1000", "NO_COLOR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
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

"""Which registry npm asks for a package, and who the user is there.

Knows npm's configuration: the environment, the user's and the global .npmrc, and what npm itself says of them. A project's own
.npmrc may name registries and nothing else: its tokens are not read, and variables in it are not expanded, because they would
take the user's secrets to a host of the project's choosing. Source: npm docs (npmrc, config), @npmcli/config, npm-registry-fetch.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.ecosystems.url.names import origin
from pinlint.executables import program
from pinlint.logins import basic
from pinlint.ways import Way

__all__ = ["Configuration", "Locked", "scope", "settings"]

_NPM_SECONDS = 30
_VARIABLE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")
_AUTH = re.compile(r"(//[^:]+(?::\d+)?[^:]*):(_authToken|_auth|username|_password)\Z")


class Locked(NamedTuple):
    """What a project says about where an entry of its lock comes from: the entry's `resolved`, the registry of the project for the
    scope of the package, and the one for everything else; "" each where it says nothing."""

    resolved: str = ""
    scoped: str = ""
    registry: str = ""


def scope(name: str) -> str:
    """`@scope` of `@scope/name`, "" where a name has none."""
    return name.partition("/")[0] if name.startswith("@") else ""


def settings(text: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of an .npmrc, in npm's ini notation; `${VARIABLE}` stays as it is without an environment."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if not equals or key.startswith((";", "#")):
            continue
        key, value = key.strip(), _unquoted(value.strip())
        if environment is not None:
            key, value = _expanded(key, environment), _expanded(value, environment)
        found[key] = value
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return re.sub(r"(?<!\\)[;#].*", "", value, flags=re.DOTALL).replace("\\;", ";").replace("\\#", "#").strip()


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if len(match[1]) % 2:
            return match[0][(len(match[1]) + 1) // 2 :]
        name, fallback = match[2], "" if match[3] else f"${{{match[2]}}}"
        return match[1][: len(match[1]) // 2] + environment.get(name, fallback)

    return _VARIABLE.sub(value, text)


class Configuration(Way):
    """The user's own configuration of npm, without any project's. `plain_hosts` are those that it names without TLS."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        said = _said_by_npm(environment)
        self._home = environment.get("HOME") or os.path.expanduser("~")
        variables = _variables(environment)
        user = said.get("userconfig") or variables.get("userconfig") or os.path.join(self._home, ".npmrc")
        common = said.get("globalconfig") or variables.get("globalconfig")
        if not common and (prefix := variables.get("prefix") or environment.get("PREFIX", "")):
            common = os.path.join(prefix, "etc", "npmrc")
        files = [_file(path, environment) for path in (common, user) if path]
        self._fixed = variables
        self._settings: dict[str, str] = {}
        for one in (*files, variables):
            self._settings.update(one)
        self._default = said.get("registry") or self._settings.get("registry", "")
        self.plain_hosts = {urlsplit(url).hostname or "" for url in self.registries() if url.startswith("http:")}

    def registries(self) -> list[str]:
        """Every registry that the configuration names, the default one first."""
        named = [value for key, value in self._settings.items() if key.endswith(":registry") and key.startswith("@")]
        return [url for url in (self._default, *named) if url]

    def registry(self, name: str, locked: Locked) -> str:
        """The registry that npm asks for a package of the project; "" if nothing names one. Scopes go first, as in npm; of two
        settings the environment's, then the project's, then the user's counts."""
        key = f"{scope(name)}:registry"
        scoped = self._fixed.get(key) or locked.scoped or self._settings.get(key) if scope(name) else ""
        return scoped or self._fixed.get("registry") or locked.registry or self._default

    def authorities(self, place: str) -> list[str]:
        """The file with certificates that the user's npm trusts, for "host:port" of one of its registries."""
        cafile = self._settings.get("cafile", "")
        return [self._path(cafile)] if cafile not in ("", "null") and place in self._places() else []

    def identity(self, place: str) -> tuple[str, str]:
        """The files of the certificate and key that the user's npm shows to "host:port"; ("", "") where it shows none."""
        for host in (place, place.removesuffix(":443")):
            files = [self._settings.get(f"//{host}/:{key}", "") for key in ("certfile", "keyfile")]
            if all(files):
                return self._path(files[0]), self._path(files[1])
        return "", ""

    def proxy(self, scheme: str, place: str) -> str | None:
        """The proxy by which the user's npm goes to "host:port" of one of its registries, "" for none; None where its own files say
        nothing, or nothing of that host."""
        names = ("https-proxy", "proxy") if scheme == "https" else ("proxy",)
        found = next((value for name in names if (value := self._settings.get(name)) is not None), None)
        if found is None or place not in self._places():
            return None
        host = place.rpartition(":")[0]
        direct = [one.strip().removeprefix(".") for one in self._settings.get("noproxy", "").split(",") if one.strip()]
        return "" if found in ("null", "false") or any(host == one or host.endswith(f".{one}") for one in direct) else found

    def _places(self) -> set[str]:
        """The registries that the configuration names, each as "host:port"."""
        parts = [urlsplit(url) for url in self.registries()]
        return {f"{one.hostname}:{one.port or (80 if one.scheme == 'http' else 443)}" for one in parts}

    def _path(self, path: str) -> str:
        return os.path.join(self._home, path[2:]) if path.startswith("~/") else path

    def authorization(self, url: str) -> str:
        """The value of the Authorization header for an address, or "": what is bound to the longest part of its host and path."""
        parts = urlsplit(url)
        key = f"//{parts.netloc.rpartition('@')[2]}{parts.path}"
        bound: dict[str, dict[str, str]] = {}
        for name, value in self._settings.items():
            if value and (match := _AUTH.match(name)):
                bound.setdefault(match[1], {})[match[2]] = value
        while len(key) > 2:
            found = _authorization(bound.get(key, {}))
            if found:
                return found
            key = re.sub(r"(?:[^/]+|/)\Z", "", key)
        return ""


def _authorization(bound: Mapping[str, str]) -> str:
    if token := bound.get("_authToken"):
        return f"Bearer {token}"
    if pair := bound.get("_auth"):
        return f"Basic {pair}"
    if bound.get("username") and bound.get("_password"):
        try:
            password = base64.b64decode(bound["_password"]).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            return ""
        return basic(bound["username"], password)
    return ""


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings among the environment's variables, by the names they have in files."""
    found = {}
    for name, value in environment.items():
        if name.lower().startswith("npm_config_") and value:
            key = name[len("npm_config_") :]
            found[key if key.startswith(("//", "@")) else key.lower().replace("_", "-")] = value
    return found


def _file(path: str, environment: Mapping[str, str]) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return settings(file.read(), environment)
    except OSError:
        return {}


def _said_by_npm(environment: Mapping[str, str]) -> dict[str, str]:
    """What npm says of its registry and of the places of its files; nothing where there is no npm. It runs in an empty directory
    of ours, which it takes for the project, so that no repository's .npmrc has a say."""
    npm = program("npm", environment)
    if not npm:
        return {}
    with tempfile.TemporaryDirectory(prefix="pinlint-") as folder:
        with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
            file.write("{}")
        asked = [npm, "config", "get", "registry", "userconfig", "globalconfig", "--no-workspaces", "--no-update-notifier"]
        try:
            done = subprocess.run(  # noqa: S603 - an absolute path, no shell, the user's own npm
                asked,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_NPM_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return {}
    lines = done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
    said = {key: value for key, equals, value in (line.strip().partition("=") for line in lines) if equals and value != "null"}
    if not said and len(lines) == 1 and origin(lines[0].strip()):
        said["registry"] = lines[0].strip()  # npm 6 answers the first question only
    return said

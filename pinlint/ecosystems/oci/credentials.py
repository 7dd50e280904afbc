"""Who the user is at a registry: what docker, podman and their credential helpers know.

Reads the user's own configuration only, never a repository's. A secret goes to the registry it is bound to and to nobody
else; it is in no message. Source: docker/cli docs (config.json), docker-credential-helpers protocol, containers-auth.json(5).
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from pinlint.executables import program
from pinlint.logins import basic

__all__ = ["Credential", "Keyring", "authorities", "places"]

_HUB = "https://index.docker.io/v1/"
_HELPER_SECONDS = 10
_TOKEN_USER = "<token>"  # noqa: S105 - the user name by which helpers announce an identity token


class Credential(NamedTuple):
    """A user name and secret, or an identity token (then `username` is "")."""

    username: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret: a repr ends up in tracebacks."""
        return f"Credential({self.username!r}, …)"

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        return basic(self.username, self.secret)


class Keyring:
    """The credentials of a run: configurations are read once, a helper is asked once for each registry. `first` is the path of a
    file of docker's notation that comes before docker's own."""

    def __init__(self, environment: Mapping[str, str] = os.environ, first: str = "") -> None:
        self._environment = environment
        self._first = first
        self._configurations: list[tuple[str, dict[str, Any]]] | None = None
        self._answers: dict[tuple[str, str], Credential | None] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> Credential | None:
        """The credential for an image name ("ghcr.io/acme/app"), or None.

        Asked in this order: DOCKER_AUTH_CONFIG, docker's config.json, REGISTRY_AUTH_FILE, podman's auth.json; in each the host's
        credential helper, the credential store, then `auths`. Files that cannot be read count as absent.
        """
        host = name.partition("/")[0]
        with self._lock:  # a helper may ask the user something: one at a time
            if self._configurations is None:
                self._configurations = _configurations(self._environment, self._first)
            for _, configuration in self._configurations:
                found = self._from_helper(configuration, host) or _from_auths(configuration.get("auths"), name)
                if found:
                    return found
        return None

    def _from_helper(self, configuration: dict[str, Any], host: str) -> Credential | None:
        server, name = _helper(configuration, host)
        if not name:
            return None
        if (name, server) not in self._answers:
            found = program(f"docker-credential-{name}", self._environment)
            self._answers[name, server] = _asked(found, server) if found else None
        return self._answers[name, server]


def places(name: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Where a login for an image name would be looked for that may have one, in that order; no helper is asked."""
    found = []
    for where, configuration in _configurations(environment, ""):
        _, helper = _helper(configuration, name.partition("/")[0])
        found += [f"docker-credential-{helper}, named in {where}"] if helper else []
        found += [where] if _from_auths(configuration.get("auths"), name) else []
    return found


def _helper(configuration: dict[str, Any], host: str) -> tuple[str, str]:
    """(what a helper is asked for a host, the name of the helper that a configuration has for it; "" for none)."""
    helpers = configuration.get("credHelpers")
    server = _HUB if host == "docker.io" else host
    name = next((helpers[key] for key in (host, server) if key in helpers), "") if isinstance(helpers, dict) else ""
    name = name or configuration.get("credsStore") or ""
    return server, name if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) else ""


def authorities(host: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The files with certificates that docker's and podman's users trust for "host:port" (certs.d), those of the user first."""
    home = environment.get("HOME") or os.path.expanduser("~")
    own = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    folders = [os.path.join(own, "containers"), os.path.join(own, "docker"), "/etc/containers", "/etc/docker"]
    names = [host, host.removesuffix(":443")] if host.endswith(":443") else [host]
    found = []
    for folder in (os.path.join(folder, "certs.d", name) for folder in folders for name in names):
        try:
            found += [os.path.join(folder, file) for file in sorted(os.listdir(folder)) if file.endswith(".crt")]
        except OSError:
            continue
    return found


def _configurations(environment: Mapping[str, str], first: str) -> list[tuple[str, dict[str, Any]]]:
    """Every configuration that can be read, and where it stands."""
    home = environment.get("HOME") or os.path.expanduser("~")
    texts = [("DOCKER_AUTH_CONFIG", environment.get("DOCKER_AUTH_CONFIG", ""))]
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    paths = [
        first,
        os.path.join(environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker"), "config.json"),
        environment.get("REGISTRY_AUTH_FILE", ""),
        os.path.join(runtime, "containers", "auth.json") if runtime else "",
        os.path.join(environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "containers", "auth.json"),
    ]
    for path in filter(None, paths):
        try:
            with open(path, encoding="utf-8") as file:
                texts.append((path, file.read()))
        except (OSError, UnicodeDecodeError):
            continue
    found = []
    for where, text in texts:
        try:
            value = json.loads(text) if text else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append((where, value))
    return found


def _asked(helper: str, server: str) -> Credential | None:
    """What a credential helper says about a server; one that fails, dawdles or talks nonsense says nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - an absolute path, no shell, named by the user's own configuration
            [helper, "get"], cwd=os.path.dirname(helper), input=server.encode(), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=_HELPER_SECONDS, check=False,
        )  # fmt: skip
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        return None
    username, secret = (answer.get("Username"), answer.get("Secret")) if isinstance(answer, dict) else (None, None)
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        return None
    return Credential("" if username == _TOKEN_USER else username, secret)


def _from_auths(auths: object, name: str) -> Credential | None:
    """The entry for the longest part of the name: podman binds credentials to namespaces, docker to hosts in several spellings."""
    if not isinstance(auths, dict):
        return None
    parts = name.split("/")
    keys = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    host = parts[0]
    keys += [f"https://{host}", f"https://{host}/", f"https://{host}/v1/", f"https://{host}/v2/"]
    keys += [_HUB, "index.docker.io", "https://index.docker.io/v2/"] if host == "docker.io" else []
    for key in keys:
        entry = auths.get(key)
        if isinstance(entry, dict) and (found := _entry(entry)):
            return found
    return None


def _entry(entry: dict[str, Any]) -> Credential | None:
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Credential("", token)
    username, secret = entry.get("username"), entry.get("password")
    if isinstance(username, str) and isinstance(secret, str) and secret:
        return Credential(username, secret)
    try:
        username, colon, secret = base64.b64decode(str(entry.get("auth") or ""), validate=False).decode().partition(":")
    except ValueError:
        return None
    return Credential(username, secret.rstrip("\0")) if colon and secret else None

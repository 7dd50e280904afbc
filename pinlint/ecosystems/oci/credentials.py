"""Who the user is at a registry: what docker, podman and their credential helpers know.

Reads the user's own configuration only, never a repository's. A secret goes to the registry it is bound to and to nobody
else; it is in no message. Source: docker/cli docs (config.json), docker-credential-helpers protocol, containers-auth.json(5).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Credential", "credential"]

_HUB = "https://index.docker.io/v1/"
_HELPER_SECONDS = 10
_TOKEN_USER = "<token>"  # noqa: S105 - the user name by which helpers announce an identity token


class Credential(NamedTuple):
    """A user name and secret, or an identity token (then `username` is "")."""

    username: str
    secret: str

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.secret}".encode()).decode("ascii")


def credential(name: str, environment: Mapping[str, str] = os.environ) -> Credential | None:
    """The credential for an image name ("ghcr.io/acme/app"), or None.

    Asked in this order: DOCKER_AUTH_CONFIG, docker's config.json, REGISTRY_AUTH_FILE, podman's auth.json; in each the host's
    credential helper, the credential store, then `auths`. Files that cannot be read count as absent.
    """
    host = name.partition("/")[0]
    for configuration in _configurations(environment):
        found = _from_helper(configuration, host, environment) or _from_auths(configuration.get("auths"), name)
        if found:
            return found
    return None


def _configurations(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    home = environment.get("HOME") or os.path.expanduser("~")
    texts = [environment.get("DOCKER_AUTH_CONFIG", "")]
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    paths = [
        os.path.join(environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker"), "config.json"),
        environment.get("REGISTRY_AUTH_FILE", ""),
        os.path.join(runtime, "containers", "auth.json") if runtime else "",
        os.path.join(environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "containers", "auth.json"),
    ]
    for path in filter(None, paths):
        try:
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        except (OSError, UnicodeDecodeError):
            continue
    found = []
    for text in filter(None, texts):
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _from_helper(configuration: dict[str, Any], host: str, environment: Mapping[str, str]) -> Credential | None:
    helpers = configuration.get("credHelpers")
    server = _HUB if host == "docker.io" else host
    name = next((helpers[key] for key in (host, server) if key in helpers), "") if isinstance(helpers, dict) else ""
    name = name or configuration.get("credsStore") or ""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        return None
    program = shutil.which(f"docker-credential-{name}", path=environment.get("PATH"))
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - an absolute path, no shell, named by the user's own configuration
            [os.path.abspath(program), "get"], input=server.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (OSError, ValueError, subprocess.TimeoutExpired):
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
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credential(username, secret.rstrip("\0")) if colon and secret else None

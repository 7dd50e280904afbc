"""Who the user is at a git host: a token for GitHub, and what the user's netrc says.

Reads the user's own configuration only, never a repository's; a secret is in no message. Source: gitcredentials(7) (netrc through
curl), GitHub's documentation of GITHUB_TOKEN and GH_TOKEN.
"""

from __future__ import annotations

import base64
import netrc
import os
from collections.abc import Mapping

__all__ = ["authorization"]

_GITHUB = "github.com"
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")


def authorization(scheme: str, host: str, environment: Mapping[str, str] = os.environ) -> str:
    """The Authorization that goes to `host` (no port) over `scheme`, or "".

    A token of the environment is GitHub's: it goes to github.com over https and to nobody else. An entry of netrc goes to the
    machine that it names; its `default` is bound to no host, so it goes nowhere.
    """
    if scheme == "https" and host == _GITHUB:
        for name in _TOKENS:
            if token := environment.get(name, "").strip():
                return _basic("x-access-token", token)
    home = environment.get("HOME") or os.path.expanduser("~")
    for path in filter(None, (environment.get("NETRC"), os.path.join(home, ".netrc"), os.path.join(home, "_netrc"))):
        if found := _from_netrc(path, host):
            return found
    return ""


def _from_netrc(path: str, host: str) -> str:
    try:
        entry = netrc.netrc(path).hosts.get(host)
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return ""
    return _basic(entry[0] or entry[1] or "", entry[2]) if entry and entry[2] and host != "default" else ""


def _basic(username: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode("ascii")

"""Who the user is at a git host: a token for GitHub, and what the user's netrc says.

Reads the user's own configuration only, never a repository's; a secret is in no message. Source: gitcredentials(7) (netrc through
curl), GitHub's documentation of GITHUB_TOKEN and GH_TOKEN.
"""

from __future__ import annotations

import base64
import netrc
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["authorization", "server"]

_GITHUB = "github.com"
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


def server(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the GitHub that the user works with: `GITHUB_SERVER_URL` as its runners have it, `GH_HOST` as its command line
    has it, else github.com."""
    if url := environment.get("GITHUB_SERVER_URL", "").strip().rstrip("/"):
        return url
    return f"https://{environment.get('GH_HOST', '').strip() or _GITHUB}"


def authorization(scheme: str, host: str, environment: Mapping[str, str] = os.environ) -> str:
    """The Authorization that goes to `host` (no port) over `scheme`, or "".

    A token of the environment is GitHub's: it goes to github.com, an enterprise's token to the server that the environment names,
    over https and to nobody else; on a runner of an enterprise GITHUB_TOKEN is that server's. An entry of netrc goes to the
    machine that it names; its `default` is bound to no host, so it goes nowhere.
    """
    for name in _tokens(host, environment) if scheme == "https" else ():
        if token := environment.get(name, "").strip():
            return _basic("x-access-token", token)
    home = environment.get("HOME") or os.path.expanduser("~")
    for path in filter(None, (environment.get("NETRC"), os.path.join(home, ".netrc"), os.path.join(home, "_netrc"))):
        if found := _from_netrc(path, host):
            return found
    return ""


def _tokens(host: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that hold a token for `host`, in the order in which GitHub's own command line asks them."""
    own, on_runner = urlsplit(server(environment)).hostname, bool(environment.get("GITHUB_SERVER_URL"))
    if host == _GITHUB:
        return _TOKENS if own == host or not on_runner else _TOKENS[:1]
    if host != own:
        return ()
    return (*_ENTERPRISE_TOKENS, "GITHUB_TOKEN") if on_runner else _ENTERPRISE_TOKENS


def _from_netrc(path: str, host: str) -> str:
    try:
        entry = netrc.netrc(path).hosts.get(host)
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return ""
    return _basic(entry[0] or entry[1] or "", entry[2]) if entry and entry[2] and host != "default" else ""


def _basic(username: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode("ascii")

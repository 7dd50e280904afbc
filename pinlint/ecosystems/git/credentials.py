"""Who the user is at a git host: a token for GitHub, what the user's netrc says, and what their credential helpers know.

Reads the user's own configuration only, never a repository's; a secret is in no message. Source: gitcredentials(7) (netrc through
curl), git-credential(1), GitHub's documentation of GITHUB_TOKEN and GH_TOKEN.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from urllib.parse import urlsplit

from pinlint.executables import program, without_home_in
from pinlint.logins import basic, from_netrc
from pinlint.once import Late
from pinlint.roots import root_of

__all__ = ["Helpers", "authorization", "gitlab", "place", "server", "tokens"]

_GITHUB = "github.com"
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_HELPER_SECONDS = 20
#: A host that cannot exist (RFC 6761).
_NOBODY = "https://pinlint.invalid/"
#: What would lead git to a repository, or to the user.
_ASIDE = re.compile(r"GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|CONFIG|ASKPASS|TRACE\w*)|SSH_ASKPASS")
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


def server(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the GitHub that the user works with: `GITHUB_SERVER_URL` as its runners have it, `GH_HOST` as its command line
    has it, else github.com."""
    if url := environment.get("GITHUB_SERVER_URL", "").strip().rstrip("/"):
        return url
    return f"https://{environment.get('GH_HOST', '').strip() or _GITHUB}"


def gitlab(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the GitLab that the user works with: `CI_SERVER_URL` as its runners have it, `GITLAB_HOST` and the like as its
    command line has them; "" where nobody says it."""
    for name in ("CI_SERVER_URL", "GITLAB_HOST", "GITLAB_URI", "GL_HOST"):
        if value := environment.get(name, "").strip().rstrip("/"):
            return value if "://" in value else f"https://{value}"
    return ""


def place(url: str) -> str:
    """The host of an address, with its port unless that is the scheme's own; "" for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    if port in (None, 443 if parts.scheme == "https" else 80):
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def authorization(scheme: str, host: str, environment: Mapping[str, str] = os.environ) -> str:
    """The Authorization that goes to `host` (with its port, unless that is the scheme's own) over `scheme`, or "".

    A token of the environment is GitHub's: it goes to github.com, an enterprise's token to the server that the environment names,
    over https and to nobody else; on a runner of an enterprise GITHUB_TOKEN is that server's. An entry of netrc goes to the
    machine that it names, on another port only if the environment names that (netrc knows none, and anybody may listen there); its
    `default` is bound to no host, so it goes nowhere.
    """
    for name in tokens(host, environment) if scheme == "https" else ():
        if token := environment.get(name, "").strip():
            return basic("x-access-token", token)
    machine, _, port = host.rpartition(":") if re.search(r"[^:]:\d+\Z", host) else (host, "", "")
    if port and host not in map(place, (server(environment), gitlab(environment))):
        return ""
    machine = machine.strip("[]")
    return from_netrc(machine, environment) or from_netrc(machine, {**environment, "NETRC": ""})  # git itself looks at home alone


def tokens(host: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that hold a token for `host`, in the order in which GitHub's own command line asks them."""
    own, on_runner = place(server(environment)), bool(environment.get("GITHUB_SERVER_URL"))
    if host == _GITHUB:
        return _TOKENS if own == host or not on_runner else _TOKENS[:1]
    if host != own:
        return ()
    return (*_ENTERPRISE_TOKENS, "GITHUB_TOKEN") if on_runner else _ENTERPRISE_TOKENS


class Helpers:
    """The user's credential helpers, asked through git and outside of any repository, without a question to the user.

    A helper that has a password for a host that cannot exist has it for every host: it is bound to none, so nobody gets it.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        told = {name: value for name, value in environment.items() if not _ASIDE.fullmatch(name)}
        around = root_of(os.getcwd())
        self._environment = without_home_in(told, around) if around else told  # a .gitconfig there could name any command
        self._unbound = Late(lambda: bool(self._filled(_NOBODY)))

    def __call__(self, url: str) -> str:
        """The Authorization for the host of an address, or ""."""
        return "" if self._unbound() else self._filled(url)

    def _filled(self, url: str) -> str:
        parts = urlsplit(url)
        host, path = parts.netloc.rpartition("@")[2], parts.path.lstrip("/")
        git = program("git", self._environment)
        if not git or not host or not (host + path).isprintable():
            return ""
        told = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GCM_INTERACTIVE": "never"}
        with tempfile.TemporaryDirectory(prefix="pinlint-") as folder:
            environment = {**self._environment, **told, "GIT_CEILING_DIRECTORIES": os.path.dirname(folder)}
            try:
                done = subprocess.run(  # noqa: S603 - an absolute path, no shell, the user's own git
                    [git, "credential", "fill"],
                    cwd=folder,
                    env=environment,
                    input=f"protocol={parts.scheme}\nhost={host}\npath={path}\n\n".encode(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=_HELPER_SECONDS,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired):
                return ""
        lines = done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
        said = dict(line.partition("=")[::2] for line in lines)
        same = said.get("host") == host and said.get("protocol") == parts.scheme
        return basic(said.get("username", ""), said["password"]) if same and said.get("password") else ""

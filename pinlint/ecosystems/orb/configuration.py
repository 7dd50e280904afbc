"""Where the user's own CircleCI is, and who they are there.

Reads the user's own configuration only. Source: circleci-cli, settings/settings.go (`~/.circleci/cli.yml`; CIRCLECI_CLI_HOST,
CIRCLECI_CLI_ENDPOINT and CIRCLECI_CLI_TOKEN go before it).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Server", "server"]

_HOST, _ENDPOINT = "https://circleci.com", "graphql-unstable"


class Server(NamedTuple):
    """`url` is where questions go; `secret` the Authorization header for its host over https, "" without one."""

    url: str
    secret: str


def server(environment: Mapping[str, str] = os.environ) -> Server:
    """The server of the user. A token is bound to the host that stands beside it: to CircleCI's own where none does."""
    written = _written(environment)
    named = environment.get("CIRCLECI_CLI_HOST", "").strip()
    host = (named or written.get("host", "") or _HOST).rstrip("/")
    endpoint = environment.get("CIRCLECI_CLI_ENDPOINT", "").strip() or written.get("endpoint", "") or _ENDPOINT
    if token := environment.get("CIRCLECI_CLI_TOKEN", "").strip():
        bound = named or (host if not written.get("host") else "") or _HOST
    else:
        token, bound = written.get("token", ""), written.get("host", "") or _HOST
    secret = token if host == bound.rstrip("/") and host.startswith("https://") and token.isprintable() else ""
    return Server(f"{host}/{endpoint.lstrip('/')}", secret)


def _written(environment: Mapping[str, str]) -> dict[str, str]:
    """What cli.yml says; nothing where there is none or it cannot be read."""
    home = environment.get("HOME") or os.path.expanduser("~")
    try:
        with open(os.path.join(home, ".circleci", "cli.yml"), encoding="utf-8") as file:
            roots = documents(file.read())
    except (OSError, UnicodeDecodeError, Unparsable):
        return {}
    fields = roots[0].items() if roots else ()
    return {key.value: value.value.strip() for key, value in fields if value.kind == "scalar" and not value.is_null}

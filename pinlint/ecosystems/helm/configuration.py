"""The chart repositories that the user's own Helm knows: by name, with credentials.

Reads the user's own configuration only, never a file of a repository under lint. Source: Helm's pkg/helmpath and pkg/repo.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from pinlint.logins import basic
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Known", "known_repositories", "logins"]


class Known(NamedTuple):
    """A repository of `helm repo add`; `authorization` is the value of a header that goes to its host, "" without one."""

    name: str
    url: str
    authorization: str


def known_repositories(environment: Mapping[str, str] = os.environ) -> list[Known]:
    """What repositories.yaml lists; nothing where there is none or it cannot be read."""
    try:
        with open(_path(environment), encoding="utf-8") as file:
            roots = documents(file.read())
    except (OSError, UnicodeDecodeError, Unparsable):
        return []
    listed = roots[0].get("repositories") if roots and roots[0].kind == "mapping" else None
    found = []
    for node in listed.elements if listed is not None else ():
        fields = {key: value.value for key in ("name", "url", "username", "password") if (value := node.get(key)) is not None}
        if fields.get("name") and fields.get("url"):
            user, password = fields.get("username"), fields.get("password")
            secret = basic(user, password) if user and password else ""
            found.append(Known(fields["name"], fields["url"], secret))
    return found


def logins(environment: Mapping[str, str] = os.environ) -> str:
    """The path of the file in which `helm registry login` keeps credentials, written as docker writes its own."""
    return environment.get("HELM_REGISTRY_CONFIG") or os.path.join(_folder(environment), "registry", "config.json")


def _path(environment: Mapping[str, str]) -> str:
    return environment.get("HELM_REPOSITORY_CONFIG") or os.path.join(_folder(environment), "repositories.yaml")


def _folder(environment: Mapping[str, str]) -> str:
    if folder := environment.get("HELM_CONFIG_HOME"):
        return folder
    home = environment.get("HOME") or os.path.expanduser("~")
    default = os.path.join(home, "Library", "Preferences") if sys.platform == "darwin" else os.path.join(home, ".config")
    return os.path.join(environment.get("XDG_CONFIG_HOME") or default, "helm")

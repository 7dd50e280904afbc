"""Where this pinlint comes from, for hooks and jobs that are to fetch the same one.

Reads what installers record of it (PEP 610) and, for a checkout, what git keeps of its origin. Knows nothing of what is proposed.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple
from urllib.parse import unquote

from pinlint.commit import commit
from pinlint.ecosystems.git.names import repository_name
from pinlint.errors import PinlintError
from pinlint.semantics.own_repository import origin
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["Source", "source"]

_ADDRESS = r"(?:https|ssh)://[\w.@:~+-]+/[\w.@:/~+-]+"


class Source(NamedTuple):
    """A repository that can be cloned, and a commit in it."""

    address: str
    commit: str

    @property
    def name(self) -> str:
        """`host/path` of the repository."""
        return repository_name(self.address)


def source(given: str) -> Source | None:
    """What is `given` as ADDRESS@COMMIT, else what this pinlint was installed from; None where nobody can tell. Raises PinlintError
    for what is given and is none."""
    if given:
        address, _, wanted = given.rpartition("@")
        if not re.fullmatch(_ADDRESS, address) or not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", wanted):
            raise PinlintError(
                f"--from {given} is no repository at a full commit", "--from https://git.example/tools/pinlint@<full commit>"
            )
        return Source(address, wanted)
    recorded = _recorded()
    address = str(recorded.get("url", ""))
    if isinstance(vcs := recorded.get("vcs_info"), dict):
        return _plain(address, str(vcs.get("commit_id", "")))
    folder = unquote(address.removeprefix("file://")) if address.startswith("file:///") else _checkout()
    try:
        name = origin(Tree(folder, list))
        return _plain(f"https://{name}", commit(folder, "HEAD").id) if "/" in name else None
    except (PinlintError, Unread, OSError):
        return None


def _plain(address: str, wanted: str) -> Source | None:
    """Nothing with a password in it, and no place that only this machine knows."""
    fits = re.fullmatch(_ADDRESS, address) and re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", wanted)
    return Source(address, wanted) if fits and not re.match(r"https://[^/]*@|[^/]*//(?:localhost|127\.)", address) else None


def _recorded() -> dict[str, object]:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        recorded = json.loads(distribution("pinlint-cli").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return {}
    return recorded if isinstance(recorded, dict) else {}


def _checkout() -> str:
    """Where the package lies, if it runs from a checkout."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

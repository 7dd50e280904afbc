"""How fresh a release may be that --unsafe-fixes chooses: what the user says, else the strictest of what the configuration and the
project's own tools say.

Knows whose settings count for what; must not know who is asked about releases.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from pinlint.ages import moment, seconds
from pinlint.ecosystems.pypi.registry import Asked
from pinlint.fix import Attempt
from pinlint.fix.locks import Relock
from pinlint.model import Reference
from pinlint.text import Unread
from pinlint.toml import loads
from pinlint.tree import Tree, join

__all__ = ["Cooldown"]

#: Where Renovate looks for its configuration. Source: its documentation, "configuration file names"; those in JSON.
_RENOVATE = ("renovate.json", ".github/renovate.json", ".gitlab/renovate.json", ".renovaterc", ".renovaterc.json")


class Cooldown:
    """The cool-down of one root. `asked` is the option's seconds, which alone counts where it is given; `configured` is what the
    configuration says, 0 for nothing."""

    def __init__(self, tree: Tree, configured: int, asked: int | None) -> None:
        self._tree = tree
        self._asked = asked
        self._configured = configured

    def of(self, reference: Reference, path: str) -> tuple[str, str]:
        """(words for `ages.limit`, why nobody can tell) for a version of what is asked for in the file at `path`."""
        if self._asked is not None:
            return (str(self._asked) if self._asked else ""), ""
        said = [("min-age", str(self._configured))] if self._configured else []
        said += self._renovate()
        if reference.artifact.kind == "pypi":
            said += self._uv(path, reference.artifact.name)
        words = []
        for where, value in said:
            length = int(value) if where == "min-age" else seconds(value)
            if length is None and moment(value) is None:
                return "", f"{where} is {value[:40]!r}, and pinlint cannot tell how fresh that lets a release be; --min-age says it"
            words.append(str(length) if length is not None else value.strip().replace(" ", "T"))
        return " ".join(words), ""

    def applied(self, attempt: Attempt, path: str) -> Attempt:
        """The attempt with the words in its context, or refused, where a version is to be chosen for a file at `path`."""
        kind = attempt.reference.artifact.kind
        if attempt.reference.verdict not in ("floating", "range") or kind not in ("pypi", "maven", "helm", "orb"):
            return attempt
        words, problem = self.of(attempt.reference, path)
        if kind == "pypi":
            asked = Asked(*attempt.context)
            return attempt._replace(context=asked._replace(cooldown=words, problem=asked.problem or problem))
        if problem:
            return attempt._replace(refused=attempt.refused or problem)
        if not words:
            return attempt
        return attempt._replace(context=(words,) if kind in ("helm", "orb") else (*attempt.context, f"< {words}"))

    def relocked(self, lock: Relock) -> Relock:
        """A lock whose versions are to be chosen, likewise."""
        asked = {number: self.applied(attempt, lock.document.path) for number, attempt in lock.questions.items()}
        refused = next((one.refused for one in asked.values() if one.refused), "")
        if refused:
            return lock._replace(attempt=lock.attempt._replace(refused=refused), questions={})
        return lock._replace(questions=asked)

    def _renovate(self) -> list[tuple[str, str]]:
        for name in _RENOVATE:
            with suppress(Unread, ValueError, RecursionError):
                found = json.loads(self._tree.read(name).text)
                value = found.get("minimumReleaseAge") if isinstance(found, dict) else None
                return [(f"minimumReleaseAge in {name}", value)] if isinstance(value, str) else []
        return []

    def _uv(self, path: str, name: str) -> list[tuple[str, str]]:
        """What uv's settings nearest to a file say; for `uv pip` before for all of uv, for a package before for all of them."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            for file in ("uv.toml", "pyproject.toml"):
                where = join(f"{folder}/x" if folder else "x", file)
                table: Any = {}
                with suppress(Unread, ValueError, RecursionError):
                    table = loads(self._tree.read(where).text)
                if file == "pyproject.toml":
                    table = _table(_table(table, "tool"), "uv")
                if table:
                    pip = _table(table, "pip")
                    packages = {**_table(table, "exclude-newer-package"), **_table(pip, "exclude-newer-package")}
                    value = packages.get(name, pip.get("exclude-newer", table.get("exclude-newer")))
                    return [] if value is None or value is False else [(f"exclude-newer in {where}", str(value))]
        return []


def _table(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}

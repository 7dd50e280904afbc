"""How fresh a release may be that --unsafe-fixes chooses: what the user says, else the strictest of what the configuration and the
project's own tools say.

Knows whose settings count for what; must not know who is asked about releases.
"""

from __future__ import annotations

import json
from contextlib import suppress

from pinlint.cooldown import Cooldown, moment, seconds
from pinlint.ecosystems.pypi.uv import table_at
from pinlint.question import Question
from pinlint.questions.pypi import settings_of_uv
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["Cooldowns"]

#: Where Renovate looks for its configuration. Source: its documentation, "configuration file names"; those in JSON.
_RENOVATE = ("renovate.json", ".github/renovate.json", ".gitlab/renovate.json", ".renovaterc", ".renovaterc.json")


class Cooldowns:
    """The cool-downs of one root. `asked` is the option's seconds, which alone counts where it is given; `configured` is what the
    configuration says, 0 for nothing."""

    def __init__(self, tree: Tree, configured: int, asked: int | None) -> None:
        self._tree = tree
        self._asked = asked
        self._configured = configured

    def of(self, question: Question, path: str) -> tuple[Cooldown, str]:
        """(the cool-down, why nobody can tell it) for a version of what is asked for in the file at `path`."""
        if self._asked is not None:
            return Cooldown(self._asked), ""
        found = Cooldown(self._configured)
        told = self._renovate()
        if question.kind == "pypi":
            told += self._uv(path, question.name)
        for where, value in told:
            if (length := seconds(value)) is not None:
                found = found.stricter(Cooldown(length))
            elif (since := moment(value)) is not None:
                found = found.stricter(Cooldown(since=since))
            else:
                return (
                    found,
                    f"{where} is {value[:40]!r}, and pinlint cannot tell how fresh that lets a release be; --min-age says it",
                )
        return found, ""

    def applied(self, question: Question, path: str) -> Question:
        """The question with the cool-down, or the problem, where a version is to be chosen for a file at `path`."""
        if not question.loose:
            return question
        cooldown, problem = self.of(question, path)
        return question._replace(cooldown=cooldown, problem=question.problem or problem)

    def _renovate(self) -> list[tuple[str, str]]:
        for name in _RENOVATE:
            with suppress(Unread, ValueError, RecursionError):
                found = json.loads(self._tree.read(name).text)
                value = found.get("minimumReleaseAge") if isinstance(found, dict) else None
                return [(f"minimumReleaseAge in {name}", value)] if isinstance(value, str) else []
        return []

    def _uv(self, path: str, name: str) -> list[tuple[str, str]]:
        """What uv's settings nearest to a file say; for `uv pip` before for all of uv, for a package before for all of them."""
        where, table = settings_of_uv(path, self._tree)
        pip = table_at(table, "pip")
        packages = {**table_at(table, "exclude-newer-package"), **table_at(pip, "exclude-newer-package")}
        value = packages.get(name, pip.get("exclude-newer", table.get("exclude-newer")))
        return [] if value is None or value is False else [(f"exclude-newer in {where}", str(value))]

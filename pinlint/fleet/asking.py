"""The incident question: who asks for an artifact, where, and at what.

Three answers: it is asked for at exactly that; it may have been got, for what is written leaves it open; it is not asked for. Knows
names; must not know how rows are shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems import ECOSYSTEMS, alike
from pinlint.errors import PinlintError
from pinlint.fleet.database import asked
from pinlint.fleet.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinlint.fleet.database import Connection

__all__ = ["SHOWN", "who"]

#: What a table shows of each.
SHOWN = ("match", "repository", "path", "line", "kind", "name", "version", "pin")
_LEFT_OUT = ("end_line", "end_column", "subject")
_COLUMNS = ", ".join(f'"{column.name}"' for column in TABLES["references"] if column.name not in _LEFT_OUT)
#: Verdicts that leave open what is got: at another version than one that is written, and at another digest.
_OPEN, _MOVABLE = ("floating", "range", "unknown"), ("floating", "range", "unknown", "tag")
_HEX = re.compile(r"[0-9a-f]{7,128}")
#: Kinds in which a name may go on behind a slash: a path in the repository that is meant.
_WITH_PATHS = ("action", "git")


def who(connection: Connection, name: str, at: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Every reference to an artifact, `KIND:NAME` or a NAME of any kind, in which * stands for anything. `match` is "is" where it
    is asked for at one of `at` (a tag, a version, a digest, a commit or the beginning of one), or where nothing is said of that;
    "may be" where what is written can be that. Raises PinlintError for a kind or a name that there cannot be."""
    where, values = _named(name)
    match, order = "'is'", "1"
    if at:
        match, more = _matching([one.strip() for one in at])
        values = [*more, *values]
        order = "match"
    question = (
        f'SELECT {match} AS match, {_COLUMNS} FROM "references" WHERE {where} '
        f'ORDER BY {order}, repository, path, line, "column", kind, name'
    )
    rows = asked(connection, f"SELECT * FROM ({question}) WHERE match != ''", values)
    yield from rows


def _named(name: str) -> tuple[str, list[str]]:
    """(the condition that a name means, its values)."""
    kind, colon, rest = name.partition(":")
    of_kind = bool(colon) and kind in ECOSYSTEMS  # else it may be `group:artifact`, or an address
    kinds, text = ([kind], rest) if of_kind else (list(ECOSYSTEMS), name)
    conditions: list[str] = []
    values: list[str] = []
    for one in kinds:
        for meant in alike(one, text):
            made, some = _one(one, meant)
            conditions.append(made)
            values += some
    if not conditions:
        raise PinlintError(
            f"{name} is no name of an artifact", "write it without a version, as docker.io/library/node; --at says which"
        )
    return f"({' OR '.join(conditions)})", values


def _one(kind: str, meant: str) -> tuple[str, list[str]]:
    """A condition that tells by the smallest and largest name of a stretch of rows whether any of them can fit."""
    literal = meant.partition("*")[0]
    if "*" in meant:
        between = "subject >= ? AND subject < ? AND " if literal else ""
        pattern = re.sub(r"[\\%_]", lambda match: f"\\{match[0]}", meant).replace("*", "%")
        return f"({between}kind = ? AND subject LIKE ? ESCAPE '\\')", [
            *([literal, f"{literal}\U0010ffff"] if literal else []),
            kind,
            pattern,
        ]
    if kind in _WITH_PATHS:
        return "(subject >= ? AND subject < ? AND kind = ? AND (subject = ? OR starts_with(subject, ?)))", [
            meant, f"{meant}0", kind, meant, f"{meant}/",
        ]  # fmt: skip
    return "(subject = ? AND kind = ?)", [meant, kind]


def _matching(at: Sequence[str]) -> tuple[str, list[str]]:
    """(what says how a row matches what is asked for, its values)."""
    exact: list[str] = []
    values: list[str] = []
    for one in at:
        exact.append("version = ? OR split_part(version, '@', 1) = ? OR list_contains(digests, ?)")
        values += [one, one, one]
        if _HEX.fullmatch(bare := one.lower().rpartition(":")[2]):
            exact.append(
                "len(list_filter(digests, lambda x: starts_with(lower(x), ?) OR starts_with(lower(split_part(x, ':', 2)), ?))) > 0"
            )
            values += [bare, bare]
    digest = all(re.search(r"[:+=]", one) or _HEX.fullmatch(one.lower()) for one in at)
    loose = ", ".join(f"'{one}'" for one in (_MOVABLE if digest else _OPEN))
    return f"CASE WHEN {' OR '.join(exact)} THEN 'is' WHEN pin IN ({loose}) THEN 'may be' ELSE '' END", values

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
    match, more = _matching([one.strip() for one in at]) if at else ("'is'", [])
    parts, values = [], list[str]()
    for where, some in _named(name):
        parts.append(f'SELECT {match} AS match, {_COLUMNS} FROM "references" WHERE {where}')
        values += [*more, *some]
    yield from asked(
        connection,
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE match != '' "
        'ORDER BY match, repository, path, line, "column", kind, name, role, version',
        values,
    )


def _named(name: str) -> list[tuple[str, list[str]]]:
    """What a name means: (a condition, its values) for each stretch of rows in which it may be. A condition compares `subject`
    with two values, by which whole groups of rows are passed over, before it asks for more. Raises PinlintError for no name."""
    kind, colon, rest = name.partition(":")
    of_kind = bool(colon) and kind in ECOSYSTEMS  # else it may be `group:artifact`, or an address
    kinds, text = ([kind], rest) if of_kind else (list(ECOSYSTEMS), name)
    found: dict[str, list[str]] = {}
    for one in kinds:
        for meant in alike(one, text):
            found.setdefault(meant, []).append(one)
    if not found:
        raise PinlintError(
            f"{name} is no name of an artifact", "write it without a version, as docker.io/library/node; --at says which"
        )
    return [_stretch(meant, some) for meant, some in found.items()]


def _stretch(meant: str, kinds: Sequence[str]) -> tuple[str, list[str]]:
    of = f"kind IN ({', '.join('?' * len(kinds))})"
    if "*" in meant:
        literal = meant.partition("*")[0]
        pattern = re.sub(r"[\\%_]", lambda match: f"\\{match[0]}", meant).replace("*", "%")
        values = [literal, f"{literal}\U0010ffff", *kinds, pattern]
        return f"subject >= ? AND subject <= ? AND {of} AND subject LIKE ? ESCAPE '\\'", values
    if paths := [one for one in kinds if one in _WITH_PATHS]:
        below = f"(subject = ? OR (kind IN ({', '.join('?' * len(paths))}) AND starts_with(subject, ?)))"
        return f"subject >= ? AND subject < ? AND {of} AND {below}", [meant, f"{meant}0", *kinds, meant, *paths, f"{meant}/"]
    return f"subject >= ? AND subject <= ? AND {of}", [meant, meant, *kinds]


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

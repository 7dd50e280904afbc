"""Whether what pip installs together holds everything that it asks for: with one hash among it, pip takes nothing else.

Knows how pip follows dependencies of versions that are all given; chooses none. Must not know files or indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pinlint.ecosystems.pypi.environments import Environment, allows, asked, environments, here, holds, named, on_python
from pinlint.ecosystems.pypi.names import normalise

__all__ = ["Gap", "Pinned", "gap"]

#: Minor versions of Python 3 that are tried where the one of the run is none of the set's.
_MINORS = range(5, 31)


class Pinned(NamedTuple):
    """A version that a set gives: `extras` of it, the `marker` under which it does, and whether a constraint does, which installs
    nothing by itself; `requires`, `python` and `unclear` are what a registry says of it (see `Pin`)."""

    name: str
    version: str
    extras: tuple[str, ...] = ()
    marker: str = ""
    constraint: bool = False
    requires: tuple[str, ...] = ()
    python: str = ""
    unclear: str = ""


class Gap(NamedTuple):
    """Why pip would refuse a set with hashes: `why` in words; `missing` are the requirements that nothing in it fulfils."""

    why: str = ""
    missing: tuple[str, ...] = ()


def gap(rows: Sequence[Pinned]) -> Gap:
    """What keeps the set from being closed, where it may be installed: on the interpreter and platform of the run (another Python
    where the set is for another), and in the environments that its markers name, as far as it could be installed there at all."""
    try:
        return _gap(rows)
    except ValueError as error:
        return Gap(f"its marker {error} cannot be read", ("?",))


def _gap(rows: Sequence[Pinned]) -> Gap:
    base = _base(rows)
    if isinstance(base, Gap):
        return base
    where = environments((row.marker for row in rows), base)
    if not where:
        return Gap("its markers name more environments than can be looked at")
    for environment in where:
        found = _in(rows, environment)
        if found.why and (environment == base or found.missing):
            place = "" if environment == base else f" (on {_told(environment, base)}, of which its markers speak)"
            return found._replace(why=f"{found.why}{place}")
    return Gap()


def _base(rows: Sequence[Pinned]) -> Environment | Gap:
    """Where the set is checked first: here, or on the nearest Python that all of it runs on."""
    start = here()
    own = int(named(start, "python_version").rpartition(".")[2])
    for minor in sorted(_MINORS, key=lambda minor: (abs(minor - own), minor)):
        environment = start if minor == own else on_python(start, minor)
        if not _excluded(rows, environment):
            return environment
    why = " and ".join(f"{row.name} {row.version} asks for {row.python}" for row in _excluded(rows, start)[:3])
    return Gap(f"no Python can install it: {why}")


def _excluded(rows: Sequence[Pinned], environment: Environment) -> list[Pinned]:
    """What would be installed there and does not run there."""
    python = named(environment, "python_full_version")
    return [
        row
        for row in rows
        if row.python and not row.constraint and holds(row.marker, environment) and not allows(row.python, python)
    ]


def _in(rows: Sequence[Pinned], environment: Environment) -> Gap:
    """What is missing in one environment ("?" = nobody can tell); without `missing`, pip refuses the set there as it is."""
    if _excluded(rows, environment):
        return Gap("what it holds does not run there")
    held: dict[str, Pinned] = {}
    wanted: list[tuple[Pinned, tuple[str, ...]]] = []
    for row in sorted((row for row in rows if holds(row.marker, environment)), key=lambda row: row.constraint):
        known = held.setdefault(row.name, row)
        if not _is_one(known.version, row.version):
            return Gap(f"it asks for {row.name} {known.version} and {row.version} at once")
        if not row.constraint:
            wanted.append((known, row.extras))
    missing: dict[str, str] = {}
    seen: dict[str, set[str]] = {}
    while wanted:
        row, extras = wanted.pop()
        new = {normalise(extra) for extra in extras} | {""}
        new -= seen.setdefault(row.name, set())
        if not new:
            continue
        if row.unclear:
            return Gap(row.unclear, ("?",))
        seen[row.name] |= new
        for text in _active(row, new, environment):
            try:
                one = asked(text)
            except ValueError:
                return Gap(f"{row.name} {row.version} asks for something that pip cannot read", ("?",))
            name = normalise(one.name)
            other = held.get(name)
            if one.url:
                return Gap(f"{row.name} {row.version} asks for {one.name} by an address, of which no hash can be written", ("?",))
            if other is None:
                missing.setdefault(name, f"no {one.text} for {row.name} {row.version}")
            elif not allows(one.range, other.version):
                return Gap(
                    f"{row.name} {row.version} asks for {one.text}, and the set pins {other.version}: pip refuses both together"
                )
            else:
                wanted.append((other, one.extras))
    if missing:
        told = sorted(missing.values())
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        return Gap(f"it pins {', '.join(told[:3])}{more}", tuple(sorted(missing)))
    return Gap()


def _is_one(version: str, other: str) -> bool:
    """Whether two exact versions ask for the same."""
    return version == other or allows(f"=={version}", other) or allows(f"=={other}", version)


def _active(row: Pinned, extras: set[str], environment: Environment) -> Iterator[str]:
    """The requirements of a version that count there for one of the extras ("" is none)."""
    for text in row.requires:
        try:
            marker = asked(text).marker
        except ValueError:
            yield text
            continue
        if not marker or any(holds(marker, environment, extra) for extra in extras):
            yield text


def _told(environment: Environment, base: Environment) -> str:
    """What is different there."""
    names = ("python_version", "sys_platform", "platform_machine", "platform_python_implementation")
    values = ((name, named(environment, name)) for name in names)
    some = [f"Python {value}" if name == "python_version" else value for name, value in values if value != named(base, name)]
    return " ".join(some) or "another system"

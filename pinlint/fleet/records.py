"""What crosses the border between processes and machines: which repository is to be read and how, and what came of it.

Flat records; no logic lives here.
"""

from __future__ import annotations

from typing import NamedTuple

from pinlint.config import Policy

__all__ = ["Failure", "Reading", "Result", "Task"]


class Failure(NamedTuple):
    """Why something of a repository could not be had: at which stage, and what to do."""

    repository: str
    commit: str
    stage: str
    reason: str


class Task(NamedTuple):
    """A repository: its name in the tables, where it lies (a path or an address), the revision that is asked for, and the object
    that this named when it was last read ("" = it was not)."""

    repository: str
    place: str
    revision: str = ""
    known: str = ""


class Reading(NamedTuple):
    """How repositories are read: `policy` holds for those without a configuration of their own, and for all where `one` says so.
    `limit` is how many seconds one may take. `version` is the pinlint that asks, `key` tells these settings from others."""

    policy: Policy
    one: bool
    limit: float
    version: str
    key: str


class Result(NamedTuple):
    """What came of a repository: by table, stretches of its rows as Arrow sends them (see `parquet.packed`); and what failed.
    With `same` there is nothing to say that was not known."""

    repository: str
    rows: dict[str, list[bytes]]
    failures: tuple[Failure, ...] = ()
    same: bool = False

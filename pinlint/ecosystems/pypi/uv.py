"""Which indexes uv's settings name.

What a project names is an address and nothing else; a login for a named index is the user's only where the user named the index.
Source: uv's documentation (settings, package indexes, configuration files, environment variables).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote

__all__ = ["Indexes", "indexes", "of_user", "table_at"]


class Indexes(NamedTuple):
    """The index in place of the default one ("" = none), and those besides it."""

    first: str = ""
    more: tuple[str, ...] = ()


def of_user(environment: Mapping[str, str]) -> Indexes:
    """What the environment names, else the user's uv.toml, else the machine's."""
    first = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL", "")
    more = f"{environment.get('UV_INDEX', '')} {environment.get('UV_EXTRA_INDEX_URL', '')}".split()
    found = Indexes()
    home = environment.get("HOME") or os.path.expanduser("~")
    own = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    machine = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    paths = [os.path.join(folder, "uv", "uv.toml") for folder in (own, *machine, "/etc")]
    for path in [environment.get("UV_CONFIG_FILE", "")] if environment.get("UV_CONFIG_FILE") else paths:
        with suppress(OSError, ValueError, RecursionError), open(path, "rb") as file:
            found = indexes(tomllib.load(file), environment)
            break
    named = [_named(one, environment) for one in more]
    return Indexes(_named(first, environment) if first else found.first, tuple(dict.fromkeys((*named, *found.more))))


def indexes(table: Mapping[str, Any], environment: Mapping[str, str]) -> Indexes:
    """What a table of settings names; those for `uv pip` count before those for all of uv. Explicit ones serve no requirement."""
    pip = table_at(table, "pip")
    first, more = pip.get("index-url", table.get("index-url")), pip.get("extra-index-url", table.get("extra-index-url"))
    others: list[str] = []
    for one in _list(table.get("index")):
        url = one.get("url") if isinstance(one, dict) else None
        if isinstance(url, str) and one.get("explicit") is not True:
            url = _with_login(url, str(one.get("name") or ""), environment)
            if one.get("format") == "flat":
                url = f"flat:{url}"  # no address of an index, and said so where it is read
            if one.get("default") is True:
                first = url
            else:
                others.append(url)
    others += [one for one in _list(more) if isinstance(one, str)]
    return Indexes(first if isinstance(first, str) else "", tuple(dict.fromkeys(others)))


def _named(text: str, environment: Mapping[str, str]) -> str:
    """The address in `NAME=URL` or `URL`."""
    match = re.match(r"([A-Za-z0-9._-]+)=(.*)", text)
    return _with_login(match[2], match[1], environment) if match else text


def _with_login(url: str, name: str, environment: Mapping[str, str]) -> str:
    """The address with the login that variables hold for an index of that name."""
    stem = "UV_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    user, password = environment.get(f"{stem}_USERNAME", ""), environment.get(f"{stem}_PASSWORD", "")
    scheme, mark, rest = url.partition("://")
    if not name or not mark or not (user or password) or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def table_at(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()

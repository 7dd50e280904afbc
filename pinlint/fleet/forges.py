"""The repositories of an organisation of GitHub or a group of GitLab, as its API lists them for the user.

Addresses are made of the names that are listed, below the server that the user works with: where an answer leads is not asked.
Source: GitHub's REST API ("List organization repositories"), GitLab's ("List a group's projects").
"""

from __future__ import annotations

import base64
import os
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.ecosystems.git.credentials import authorization, gitlab, place, server
from pinlint.http import Failed, loaded
from pinlint.logins import refused, strange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.http import Client

__all__ = ["listed"]

_PAGE, _PAGES, _LARGEST = 100, 2000, 16 << 20
_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_OF_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class _Forge(NamedTuple):
    """A server and how it is asked: addresses of lists of what a name may be, tried in turn; the field with a repository's name."""

    name: str
    server: str
    lists: tuple[str, ...]
    field: str
    headers: dict[str, str]
    secret: str


class _Page(NamedTuple):
    """Some repositories of a list, and whether there are others behind them."""

    entries: list[Any]
    more: bool


def listed(forge: str, name: str, client: Client) -> Iterator[str]:
    """The address of each repository of an organisation, a user or a group, as they are listed. Raises Failed."""
    meant = _github(name) if forge == "github" else _gitlab(name)
    for number, address in enumerate(meant.lists):
        first = _page(meant, address, 1, client)
        if first is None and number < len(meant.lists) - 1:
            continue
        if first is None:
            raise Failed(f"{meant.name} knows no {name}, or hides it from you: set {meant.name.upper()}_TOKEN")
        yield from _pages(meant, address, first, client)
        return


def _github(name: str) -> _Forge:
    base = server()
    api = "https://api.github.com" if place(base) == "github.com" else f"{base}/api/v3"
    lists = tuple(f"{api}/{kind}/{name}/repos" for kind in ("orgs", "users"))
    return _Forge("GitHub", base, lists, "full_name", _OF_GITHUB, authorization("https", place(base)) if _is_safe(base) else "")


def _gitlab(name: str) -> _Forge:
    base = gitlab() or "https://gitlab.com"
    host = place(base)
    token = os.environ.get("GITLAB_TOKEN", "").strip() if host == place(gitlab() or base) else ""
    if not token and (known := authorization("https", host)).startswith("Basic "):  # which the API does not take
        token = base64.b64decode(known[6:]).decode("utf-8", "surrogateescape").partition(":")[2]
    address = f"{base}/api/v4/groups/{name.replace('/', '%2F')}/projects"
    secret = f"Bearer {token}" if token and _is_safe(base) else ""
    return _Forge("GitLab", base, (address,), "path_with_namespace", {"Accept": "application/json"}, secret)


def _is_safe(base: str) -> bool:
    return base.startswith("https://")


def _pages(forge: _Forge, address: str, first: _Page, client: Client) -> Iterator[str]:
    page: _Page | None = first
    for number in range(2, _PAGES + 2):
        for entry in page.entries if page else ():
            name = entry.get(forge.field) if isinstance(entry, dict) else None
            if not isinstance(name, str) or not _NAME.fullmatch(name) or ".." in name:
                raise Failed(strange(forge.name, "no list of repositories").why)
            yield f"{forge.server}/{name}"
        if page is None or not page.more:
            return
        page = _page(forge, address, number, client)
    raise Failed(f"{forge.name} lists more than {_PAGES * _PAGE:,} repositories")


def _page(forge: _Forge, address: str, number: int, client: Client) -> _Page | None:
    """A page of a list; None where there is no such list. Raises Failed."""
    more = "&include_subgroups=true&simple=true" if forge.name == "GitLab" else ""
    url = f"{address}?per_page={_PAGE}&page={number}{more}"
    answer = client.request("GET", url, forge.headers, secret=forge.secret, largest=_LARGEST)
    if answer.status == 404:
        return None
    if answer.status in (403, 429) and (until := _rested(answer.headers)):
        raise Failed(f"{forge.name} answers {answer.status}, it has been asked too often: run it again {until}", retry=True)
    if answer.status != 200:
        raise Failed(refused(forge.name, answer.status, f"set {forge.name.upper()}_TOKEN").why)
    try:
        found: Any = loaded(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise Failed(strange(forge.name, "no list of repositories").why)
    links = answer.headers.get("link", "")  # a page may be shorter than was asked for, with others behind it
    return _Page(found, bool(found) and ('rel="next"' in links if links else len(found) == _PAGE))


def _rested(headers: Mapping[str, str]) -> str:
    """When a server that has been asked too often answers again; "" where that is not what it says. Source: GitHub, "Rate limits
    for the REST API"; GitLab, "Rate limits", whose headers lack the x."""
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return f"in {int(after[:9]):,} seconds"
    for name in ("x-ratelimit-", "ratelimit-"):
        if headers.get(f"{name}remaining") == "0" and (reset := headers.get(f"{name}reset", "")).isdecimal():
            return time.strftime("after %Y-%m-%d %H:%M UTC", time.gmtime(int(reset[:11]) + 59))
    return ""

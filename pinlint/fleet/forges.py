"""The repositories of an organisation of GitHub or Gitea, or a group of GitLab, as its API lists them for the user.

Addresses are made of the names that are listed, below the server that the user works with: where an answer leads is not asked; of
the address of a next page only its place in the list is taken.
Source: GitHub's REST API ("List organization repositories"); GitLab's ("List a group's projects", "Pagination": by keys where the
list can, which has no end that offsets have; lib/api/entities/basic_project_details.rb, where `archived` is not); Gitea's, which
Forgejo has too (routers/api/v1/user/repo.go: a page lacks what the user may not see, modules/structs/repo.go).
"""

from __future__ import annotations

import base64
import os
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from pinlint.ecosystems.git.credentials import authorization, gitlab, place, server
from pinlint.http import Failed, loaded
from pinlint.logins import refused, strange

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from pinlint.http import Client, Response

__all__ = ["FORGES", "listed"]

_PAGE, _PAGES, _LARGEST = 100, 2000, 16 << 20
#: What says of a next page where it begins.
_PLACES = ("page", "id_after", "cursor")
_NEXT = re.compile(r'<([^<>]*)>[^<,]*;\s*rel="?next\b')
_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_OF_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_JSON = {"Accept": "application/json"}
#: Repositories on a page of Gitea, unless its administrator allows more.
_OF_GITEA = 50


class _Forge(NamedTuple):
    """A server and how it is asked: addresses of lists of what a name may be, tried in turn, and what is asked of them; how many
    repositories a page has; the field with a repository's name; where a token is looked for."""

    name: str
    server: str
    lists: tuple[str, ...]
    query: dict[str, str]
    size: int
    field: str
    headers: dict[str, str]
    secret: str
    token: str


class _Page(NamedTuple):
    """Some repositories of a list, and where the next page begins (nothing = there is none)."""

    entries: list[Any]
    next: dict[str, str]


def listed(forge: str, name: str, client: Client, left: Counter[str], *, archived: bool = False) -> Iterator[str]:
    """The address of each repository of an organisation, a user or a group, as they are listed. Archived ones, which nobody can
    change, and those that the forge has disabled are counted in `left`, the former unless they are asked for. Raises Failed."""
    meant = FORGES[forge](name)
    if archived:
        meant.query.pop("archived", None)
    for number, address in enumerate(meant.lists):
        first = _page(meant, address, {"page": "1"}, client)
        if first is None and number < len(meant.lists) - 1:
            continue
        if first is None:
            raise Failed(f"{meant.name} knows no {name}, or hides it from you: set {meant.token}")
        for entry in _pages(meant, address, first, client):
            path = _path(meant, entry)
            if entry.get("disabled") is True or (entry.get("archived") is True and not archived):
                left["disabled" if entry.get("disabled") is True else "archived"] += 1
            else:
                yield f"{meant.server}/{path}"
        if "archived" in meant.query:
            left["archived"] += _archived(meant, address, client)
        return


def _archived(forge: _Forge, address: str, client: Client) -> int:
    """How many repositories a list leaves out since they are archived, as the server counts them."""
    answer = _asked(forge, f"{address}?{urlencode({**forge.query, 'archived': 'true', 'per_page': '1'})}", client)
    count = answer.headers.get("x-total", "") if answer.status == 200 else ""
    return int(count[:9]) if count.isdecimal() else 0


def _path(forge: _Forge, entry: Any) -> str:
    """The path of a repository that is listed. Raises Failed for what is none."""
    name = entry.get(forge.field) if isinstance(entry, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name) or ".." in name:
        raise Failed(strange(forge.name, "no list of repositories").why)
    return name


def _github(name: str) -> _Forge:
    base = server()
    api = "https://api.github.com" if place(base) == "github.com" else f"{base}/api/v3"
    lists = tuple(f"{api}/{kind}/{name}/repos" for kind in ("orgs", "users"))
    secret = authorization("https", place(base)) if _is_safe(base) else ""
    return _Forge("GitHub", base, lists, {"per_page": f"{_PAGE}"}, _PAGE, "full_name", _OF_GITHUB, secret, "GITHUB_TOKEN")


def _gitlab(name: str) -> _Forge:
    base = gitlab() or "https://gitlab.com"
    host = place(base)
    token = os.environ.get("GITLAB_TOKEN", "").strip() if host == place(gitlab() or base) else ""
    if not token and (known := authorization("https", host)).startswith("Basic "):  # which the API does not take
        token = base64.b64decode(known[6:]).decode("utf-8", "surrogateescape").partition(":")[2]
    kinds = ("groups",) if "/" in name else ("groups", "users")
    lists = tuple(f"{base}/api/v4/{kind}/{name.replace('/', '%2F')}/projects" for kind in kinds)
    query = {
        "per_page": f"{_PAGE}", "pagination": "keyset", "order_by": "id", "sort": "asc", "include_subgroups": "true",
        "simple": "true", "archived": "false",
    }  # fmt: skip
    secret = f"Bearer {token}" if token and _is_safe(base) else ""
    return _Forge("GitLab", base, lists, query, _PAGE, "path_with_namespace", _JSON, secret, "GITLAB_TOKEN")


def _gitea(name: str) -> _Forge:
    """Raises Failed where nobody says which server is meant: there is none that most work with."""
    base = os.environ.get("GITEA_SERVER_URL", "").strip().rstrip("/")
    if not re.match(r"https?://[^/]", base):
        raise Failed("nobody says which Gitea is meant: set GITEA_SERVER_URL to its address")
    token = os.environ.get("GITEA_SERVER_TOKEN", "").strip()
    secret = (f"token {token}" if token else authorization("https", place(base))) if _is_safe(base) else ""
    lists = tuple(f"{base}/api/v1/{kind}/{name}/repos" for kind in ("orgs", "users"))
    return _Forge("Gitea", base, lists, {"limit": f"{_OF_GITEA}"}, _OF_GITEA, "full_name", _JSON, secret, "GITEA_SERVER_TOKEN")


#: What an organisation begins with, where only its name is said; forges by it.
FORGES = {"github": _github, "gitlab": _gitlab, "gitea": _gitea}


def _is_safe(base: str) -> bool:
    return base.startswith("https://")


def _pages(forge: _Forge, address: str, first: _Page, client: Client) -> Iterator[Any]:
    """Every entry of a list, page by page."""
    page: _Page | None = first
    begun = {"page": "1"}
    seen = [begun]
    for _ in range(_PAGES):
        yield from page.entries if page else ()
        if page is None or not page.next:
            return
        begun = page.next
        if begun in seen:
            raise Failed(strange(forge.name, "a list that leads back to itself").why)
        seen.append(begun)
        page = _page(forge, address, begun, client)
    raise Failed(f"{forge.name} lists more than {_PAGES * _PAGE:,} repositories")


def _page(forge: _Forge, address: str, begins: dict[str, str], client: Client) -> _Page | None:
    """A page of a list; None where there is no such list. Raises Failed."""
    answer = _asked(forge, f"{address}?{urlencode({**forge.query, **begins})}", client)
    if answer.status == 404:
        return None
    if answer.status in (403, 429) and (until := _rested(answer.headers)):
        raise Failed(f"{forge.name} answers {answer.status}, it has been asked too often: run it again {until}", retry=True)
    if answer.status != 200:
        raise Failed(refused(forge.name, answer.status, f"set {forge.token}").why)
    try:
        found: Any = loaded(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise Failed(strange(forge.name, "no list of repositories").why)
    return _Page(found, _next(answer.headers.get("link", ""), begins, len(found) >= forge.size))


def _asked(forge: _Forge, url: str, client: Client) -> Response:
    return client.request("GET", url, forge.headers, secret=forge.secret, largest=_LARGEST)


def _next(links: str, begins: dict[str, str], full: bool) -> dict[str, str]:
    """Where the next page begins. A page may be shorter than was asked for, or have nothing that the user may see, with others
    behind it; whether it is full counts only where the server says nothing."""
    if links:
        match = _NEXT.search(links)
        told = dict(parse_qsl(urlsplit(match[1]).query)) if match else {}
        return {name: told[name] for name in _PLACES if name in told}
    number = begins.get("page", "")
    return {"page": f"{int(number) + 1}"} if full and number.isdecimal() else {}


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

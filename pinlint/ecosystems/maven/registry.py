"""What Maven would take: the version that LATEST, RELEASE or a range stands for today.

Source: DefaultVersionResolver and DefaultVersionRangeResolver of maven-resolver-provider.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.cooldown import Cooldown, moment
from pinlint.ecosystems.maven.configuration import Repository, Settings, settings
from pinlint.ecosystems.maven.names import LENGTH_LIMIT, VersionError, admits, parse_range
from pinlint.ecosystems.maven.order import compare
from pinlint.http import Client, Failed
from pinlint.logins import refused, strange
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.syntax.xml import XmlError, parse

__all__ = ["Registry", "Repositories"]

#: Bytes.
_LARGEST_METADATA = 16 * 1024 * 1024
#: Versions whose age is asked for, from the newest on.
_MOST_LOOKED_AT = 20
_LOGIN = "not logged in or not allowed (a server in settings.xml)"


class Repositories(NamedTuple):
    """What a pom and its parents say about where to ask: (id, address) of the repositories `named`, and in `doubts` what of it
    nobody can know from the files."""

    named: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()


class _Metadata(NamedTuple):
    """What one repository says of a library; `updated` is when, as Maven writes it."""

    latest: str
    release: str
    updated: str
    versions: list[str]


class Registry:
    """Resolves LATEST, RELEASE and ranges; one for a run, shared by its threads."""

    def __init__(self, client: Client, settings_of: Callable[[], Settings] = settings) -> None:
        self._client = client
        self._settings = functools.cache(settings_of)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The version that Maven would take today."""
        name, wanted, told = question.name, question.version, question.told(Repositories)
        if wanted.endswith("SNAPSHOT"):
            return NoPin(f"{name}: a SNAPSHOT is replaced by every deploy, so no version stands for it; ask for a release")
        if not re.fullmatch(r"[\w.-]+:[\w.-]+", name, re.ASCII):
            return NoPin(f"{name[:100]} is no group and artifact that a repository can be asked for")
        known, doubts = self._settings(), list(told.doubts)
        if not known.complete:
            return NoPin(f"{name}: there is no Maven here whose repositories could be asked, and no mirror in settings.xml")
        try:
            named = [Repository(id_, url) for id_, url in told.named]
            asked = [(one, made) for one in known.asked(named) if (made := self._metadata(one, name)) is not None]
            chosen = _chosen(wanted, [made for _, made in asked])
            if question.cooldown and isinstance(chosen, str):
                chosen, fresh = self._old_enough(name, wanted, chosen, asked, question.cooldown.limit(time.time()))
                doubts = [*([fresh] if fresh else []), *doubts]
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)
        if isinstance(chosen, NoPin):
            return NoPin(f"{name}: {chosen.why}")
        remark = "; ".join(doubts[:2])
        return Pin(
            chosen, (), "", unsafe=f"{name}: Maven takes {chosen} for {wanted} today, and would not take newer ones", remark=remark
        )

    def _old_enough(
        self, name: str, wanted: str, chosen: str, asked: list[tuple[Repository | str, _Metadata]], until: float
    ) -> tuple[str | NoPin, str]:
        """(the newest version that is not too fresh, what is). Nothing in metadata is newer than the metadata."""
        found, remark = [made for _, made in asked], ""
        updated = [_stamp(made.updated) for made in found]
        if all(when is not None and when < until for when in updated):
            return chosen, ""
        for _ in range(_MOST_LOOKED_AT):
            holders = [
                one for one, made in asked if isinstance(one, Repository) and chosen in (*made.versions, made.latest, made.release)
            ]
            released = next((when for one in holders if (when := self._released(one, name, chosen)) is not None), None)
            if released is None:
                return NoPin(f"no repository says when {chosen} was released, so no cool-down can be kept"), ""
            if released < until:
                return chosen, remark
            remark = remark or Cooldown.refusal(chosen, released, until)
            found = [made._replace(versions=_below_version(made.versions, chosen)) for made in found]
            older = _chosen(wanted if wanted not in ("LATEST", "RELEASE") else f"(,{chosen})", found)
            if isinstance(older, NoPin):
                return NoPin(f"{remark}, and nothing older fits"), ""
            chosen = older
        return NoPin(f"{remark}, and so are the {_MOST_LOOKED_AT - 1} before it"), ""

    def _released(self, one: Repository, name: str, version: str) -> float | None:
        """When the pom of a version was put into a repository, by its own word; None where it says nothing."""
        group, _, artifact = name.partition(":")
        url = f"{one.url.rstrip('/')}/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.pom"
        if not re.fullmatch(r"[\w.+-]+", version, re.ASCII):
            return None
        answer = self._client.request("HEAD", url, secret=one.authorization)
        try:
            return parsedate_to_datetime(answer.headers.get("last-modified", "")).timestamp() if answer.status == 200 else None
        except (ValueError, TypeError, OverflowError):
            return None

    def _metadata(self, one: Repository | str, name: str) -> _Metadata | None:
        """What a repository says; None where it has no such library. Raises Failed where that cannot be told."""
        if isinstance(one, str):
            raise Failed(one)
        if "@" in urlsplit(one.url).netloc or "${" in one.url:
            raise Failed(f"the address of the repository {one.id} holds credentials or a variable: set it in settings.xml")
        if "?" in one.url:
            raise Failed(f"the address of the repository {one.id} holds a query, behind which no library is: correct it")
        group, _, artifact = name.partition(":")
        url = f"{one.url.rstrip('/')}/{group.replace('.', '/')}/{artifact}/maven-metadata.xml"
        answer = self._client.request("GET", url, secret=one.authorization, largest=_LARGEST_METADATA)
        where = f"the repository {one.id} ({urlsplit(one.url).hostname})"
        if answer.status == 404:
            return None
        if answer.status != 200:
            told = refused(where, answer.status, _LOGIN)
            raise Failed(told.why, retry=told.retry)
        try:
            root = parse(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, XmlError, RecursionError):
            raise Failed(strange(where, "no metadata").why) from None
        said = root.child("versioning")
        if root.name != "metadata" or said is None:
            raise Failed(strange(where, "no metadata").why)
        versions = [text for element in said.find("versions", "version") if (text := element.text) and len(text) <= LENGTH_LIMIT]
        return _Metadata(said.read("latest"), said.read("release"), said.read("lastUpdated"), versions)


def _stamp(text: str) -> float | None:
    """The moment that Maven writes as 20261123050841, in UTC."""
    return moment(f"{text[:8]}T{text[8:]}+00:00") if re.fullmatch(r"\d{14}", text, re.ASCII) else None


def _below_version(versions: list[str], limit_: str) -> list[str]:
    return [version for version in versions if compare(version, limit_) < 0 and not version.endswith("SNAPSHOT")]


def _chosen(wanted: str, found: list[_Metadata]) -> str | NoPin:
    if wanted in ("LATEST", "RELEASE"):
        # The newest metadata wins, whatever versions they name; LATEST falls back to RELEASE only where nobody says a latest.
        said = [(one.updated, one.latest) for one in found if one.latest and wanted == "LATEST"]
        said = said or [(one.updated, one.release) for one in found if one.release]
        best = max(said, key=lambda one: one[0])[1] if said else ""
    else:
        try:
            parse_range(wanted)
        except VersionError as error:
            return NoPin(f"Maven refuses {wanted}: {error}")
        admitted = list(dict.fromkeys(version for one in found for version in one.versions if admits(wanted, version)))
        best = max(admitted, key=functools.cmp_to_key(compare)) if admitted else ""
        same = [version for version in admitted if compare(version, best) == 0]
        if len(same) > 1:
            return NoPin(f"{' and '.join(same[:3])} rank the same, so which one Maven takes is a matter of luck: write one of them")
    if not best:
        return NoPin(
            f"no repository that Maven would ask knows a version for {wanted}: name the repository that does, or write a version"
        )
    if best.endswith("SNAPSHOT"):
        return NoPin(f"Maven takes {best} for {wanted} today, and that is replaced by every deploy")
    return best

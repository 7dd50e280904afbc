"""What Maven would take: the version that LATEST, RELEASE or a range stands for today, and what a wrapper downloads.

A sum is of bytes that were fetched here, from where `mvnw` would fetch them; a sum that is published beside them, or that stands
in the file already, has to agree. Source: DefaultVersionResolver and DefaultVersionRangeResolver of maven-resolver-provider; Apache
Maven Wrapper, only-mvnw and maven-wrapper-distribution (MVNW_REPOURL).
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.ages import limit, moment, too_fresh
from pinlint.ecosystems.maven.configuration import Repository, Settings, settings
from pinlint.ecosystems.maven.names import LENGTH_LIMIT, VersionError, admits, parse_range
from pinlint.ecosystems.maven.order import compare
from pinlint.http import Client, Failed, origin
from pinlint.logins import basic, refused
from pinlint.model import Reference
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.syntax.xml import XmlError, parse

__all__ = ["Downloads", "Versions"]

#: Bytes. Maven itself has 10 MB, its daemon 30.
_LARGEST = 64 * 1024 * 1024
_LARGEST_SUM = 64 * 1024
_LARGEST_METADATA = 16 * 1024 * 1024
#: Sums that repositories publish, the strongest first: where there are several, one is enough.
_PUBLISHED = ("sha512", "sha256", "sha1")
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
#: Versions whose age is asked for, from the newest on.
_MOST_LOOKED_AT = 20
_HEX = re.compile(r"[0-9a-fA-F]+")
_LOGIN = "not logged in or not allowed (a server in settings.xml)"
_BELOW = "/org/apache/maven/"


class _Metadata(NamedTuple):
    """What one repository says of a library; `updated` is when, as Maven writes it."""

    latest: str
    release: str
    updated: str
    versions: list[str]


class Versions:
    """Resolves LATEST, RELEASE and ranges; one for a run, shared by its threads."""

    def __init__(self, client: Client, settings_of: Callable[[], Settings] = settings) -> None:
        self._client = client
        self._settings = functools.cache(settings_of)

    def resolve(self, reference: Reference, context: tuple[str, ...]) -> Pin | NoPin:
        """The version that Maven would take today; `context` is what the pom says about where to ask, and after a "<" which
        releases are too fresh to be chosen (see `ages.limit`)."""
        name, wanted = reference.artifact.name, reference.version
        if wanted.endswith("SNAPSHOT"):
            return NoPin(f"{name}: a SNAPSHOT is replaced by every deploy, so no version stands for it; ask for a release")
        if not re.fullmatch(r"[\w.-]+:[\w.-]+", name, re.ASCII):
            return NoPin(f"{name[:100]} is no group and artifact that a repository can be asked for")
        known, doubts = self._settings(), [one[2:] for one in context if one.startswith("? ")]
        if not known.complete:
            return NoPin(f"{name}: there is no Maven here whose repositories could be asked, and no mirror in settings.xml")
        named = [Repository(*one.partition(" ")[::2]) for one in context if not one.startswith(("? ", "< "))]
        cooldown = next((one[2:] for one in context if one.startswith("< ")), "")
        try:
            asked = [(one, made) for one in known.asked(named) if (made := self._metadata(one, name)) is not None]
            chosen = _chosen(wanted, [made for _, made in asked])
            if cooldown and isinstance(chosen, str):
                chosen, fresh = self._old_enough(name, wanted, chosen, asked, limit(cooldown, time.time()))
                doubts = [*([fresh] if fresh else []), *doubts]
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry)
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
            remark = remark or too_fresh(chosen, released, until)
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
            raise Failed(f"the address of the repository {one.id} holds credentials or a variable")
        if "?" in one.url:
            raise Failed(f"the address of the repository {one.id} holds a query, behind which no library is")
        group, _, artifact = name.partition(":")
        url = f"{one.url.rstrip('/')}/{group.replace('.', '/')}/{artifact}/maven-metadata.xml"
        answer = self._client.request("GET", url, secret=one.authorization, largest=_LARGEST_METADATA)
        if answer.status == 404:
            return None
        if answer.status != 200:
            why, later, _ = refused(f"the repository {one.id} ({urlsplit(one.url).hostname})", answer.status, _LOGIN)
            raise Failed(why, retry=later)
        try:
            root = parse(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, XmlError, RecursionError):
            raise Failed(
                f"the repository {one.id} ({urlsplit(one.url).hostname}) answers with something that is no metadata"
            ) from None
        said = root.child("versioning")
        if root.name != "metadata" or said is None:
            raise Failed(f"the repository {one.id} ({urlsplit(one.url).hostname}) answers with something that is no metadata")
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
            return NoPin(f"{' and '.join(same[:3])} rank the same, so which one Maven takes is a matter of luck")
    if not best:
        return NoPin(f"no repository that Maven would ask knows a version for {wanted}")
    if best.endswith("SNAPSHOT"):
        return NoPin(f"Maven takes {best} for {wanted} today, and that is replaced by every deploy")
    return best


class Downloads:
    """Resolves the downloads of Maven wrappers; one for a run, shared by its threads."""

    def __init__(self, client: Client, environment: Mapping[str, str] = os.environ) -> None:
        self._client = client
        self._environment = environment

    def resolve(self, reference: Reference) -> Pin | NoPin:
        """The SHA-256 sum of what the address leads to today."""
        name = reference.artifact.name.partition("?")[0].rpartition("/")[2][:100]
        if "never reads one" in reference.why:
            return NoPin(f"{name}: {reference.why}")
        if not reference.version or "SNAPSHOT" in reference.version:
            return NoPin(f"{name}: the address names no release, so its bytes may change, and a sum of today would break the build")
        url, authorization = self._source(reference.artifact.source or reference.artifact.name)
        if "@" in urlsplit(url).netloc or "${" in url:
            return NoPin(f"{name}: its address holds credentials or a variable")
        try:
            mirror = self._environment.get("MVNW_REPOURL", "")
            led = "" if mirror and origin(mirror) == origin(url) else "the repository"  # which may not name this machine
            answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST, named_by=led)
            if answer.status != 200:
                return refused(f"{name}: {urlsplit(url).hostname}", answer.status)
            if not answer.whole:
                why = "does not say how long its answer is, so it may lack its end"
                return NoPin(f"{name}: {urlsplit(url).hostname} {why}", retry=True)
            if not answer.body.startswith((b"PK\x03\x04", b"\x1f\x8b")):
                return NoPin(f"{name}: {urlsplit(url).hostname} answers with something that is neither a zip nor a tar.gz")
            return self._checked(name, url, authorization, answer.body, reference)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry)

    def _source(self, url: str) -> tuple[str, str]:
        """(where `mvnw` would fetch it, the Authorization that the user has for that place)."""
        mirror = self._environment.get("MVNW_REPOURL", "").rstrip("/")
        if not mirror or _BELOW not in url:
            return url, ""
        user, password = self._environment.get("MVNW_USERNAME", ""), self._environment.get("MVNW_PASSWORD", "")
        return mirror + _BELOW + url.partition(_BELOW)[2], basic(user, password) if user and password else ""

    def _checked(self, name: str, url: str, authorization: str, body: bytes, reference: Reference) -> Pin | NoPin:
        found = hashlib.sha256(body).hexdigest()
        for given in reference.digests:
            if why := _disagreement(given, body):
                return NoPin(f"{name}: {why}; nothing is written over it", rule=CONTRADICTED)
        for algorithm in _PUBLISHED:
            published = self._published(f"{url}.{algorithm}", authorization, algorithm)
            if published:
                if published != hashlib.new(algorithm, body).hexdigest():
                    why = f"the {algorithm} sum that is published beside it is that of another file"
                    return NoPin(f"{name}: {why}", rule=CONTRADICTED)
                return Pin(reference.version, (f"sha256:{found}",), f"{url}.{algorithm}")
        return Pin(reference.version, (f"sha256:{found}",), url, remark="first seen: no sum is published beside it")

    def _published(self, url: str, authorization: str, algorithm: str) -> str:
        """The sum at `url`, "" where there is none."""
        answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST_SUM)
        if (told := refused(f"the published sum at {urlsplit(url).hostname}", answer.status)).retry:
            raise Failed(told.why, retry=True)
        first = (answer.body.decode("ascii", "replace").split() or [""])[0] if answer.status == 200 else ""
        length = hashlib.new(algorithm).digest_size * 2
        return first.lower() if len(first) == length and _HEX.fullmatch(first) else ""


def _disagreement(given: str, body: bytes) -> str:
    """Why the sum that stands in the file speaks of other bytes ("" = it does not, or says nothing)."""
    text = given.removeprefix("sha256:").lower()
    if not _HEX.fullmatch(text) or len(text) < 8:
        return ""
    algorithm = _BY_LENGTH.get(len(text))
    agrees = (
        hashlib.new(algorithm, body, usedforsecurity=False).hexdigest() == text
        if algorithm
        else hashlib.sha256(body).hexdigest().startswith(text)
    )
    return "" if agrees else f"the sum in the file, {text[:12]}…, is not that of what the address leads to"

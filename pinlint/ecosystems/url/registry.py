"""What the address of a download leads to: the sum that whoever fetches it checks it by.

A sum is of bytes that were fetched here, from where `mvnw` or GitLab would fetch them; a sum that is published beside them, or that
stands in the file already, has to agree. Source: GitLab, CI/CD YAML syntax reference, `include:integrity` ("sha256-" and the base64
of the digest); Apache Maven Wrapper, only-mvnw and maven-wrapper-distribution (MVNW_REPOURL); Gradle user guide, wrapper
verification.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pinlint.http import Client, Failed, origin
from pinlint.logins import basic, refused, strange
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import Question
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Distributions", "Includes", "Registry", "Wrappers"]

#: Bytes. GitLab takes no more of all included files together; Maven itself has 10 MB, its daemon 30, Gradle with its
#: sources 240.
_LARGEST_INCLUDE, _LARGEST, _LARGEST_GRADLE = 16 * 1024 * 1024, 64 * 1024 * 1024, 512 * 1024 * 1024
_LARGEST_SUM = 64 * 1024
#: Sums that repositories publish, the strongest first: where there are several, one is enough.
_PUBLISHED = ("sha512", "sha256", "sha1")
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_BELOW = "/org/apache/maven/"


class Registry:
    """Resolves downloads; one for a run, shared by its threads."""

    def __init__(self, client: Client) -> None:
        self._fetchers: dict[str, Includes | Wrappers | Distributions] = {
            "include-integrity": Includes(client), "wrapper-sum": Wrappers(client), "gradle-sum": Distributions(client),
        }  # fmt: skip

    def resolve(self, question: Question) -> Pin | NoPin:
        """The sum of what the address leads to today, as it is wanted in the question's notation."""
        fetcher = self._fetchers.get(question.notation)
        return fetcher.resolve(question) if fetcher else NoPin("no sum can be written there")

    def published(self, question: Question) -> Pin | NoPin:
        """The sum that is published beside what the address leads to; where there is none, that of its bytes, if they are few."""
        fetcher = self._fetchers[question.notation]
        url = question.source or question.name
        if "@" in urlsplit(url).netloc or "$" in url:
            return NoPin("its address holds credentials or a variable, which are sent nowhere")
        try:
            said = "" if isinstance(fetcher, Includes) else fetcher.beside(url)
        except Failed as error:
            return NoPin(str(error), retry=error.retry, silent=error.silent)
        if said:
            return Pin(question.version, (f"sha256:{said}",), url, remark="published beside it")
        if isinstance(fetcher, Distributions):
            return NoPin("no sha256 sum is published beside it, and nothing is fetched only to make one")
        return fetcher.resolve(question)


class Includes:
    """Resolves remote CI files; one for a run, shared by its threads. `named_by` is who names their addresses: a repository may not
    name this machine, where any program may do something for whoever asks."""

    def __init__(self, client: Client, named_by: str = "the repository") -> None:
        self._client, self._named_by = client, named_by

    def resolve(self, question: Question) -> Pin | NoPin:
        """The integrity of what the address leads to today; it has to be YAML, not the page of a login."""
        url = question.source or question.name
        name = question.name.partition("?")[0].rpartition("/")[2][:100] or question.name[:100]
        if "@" in urlsplit(url).netloc or "$" in url:
            return NoPin(f"{name}: its address holds credentials or a variable, which are sent nowhere: write the sum by hand")
        try:
            answer = self._client.request("GET", url, largest=_LARGEST_INCLUDE, named_by=self._named_by)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)
        host = urlsplit(url).hostname
        if answer.status != 200:
            return refused(f"{name}: {host}", answer.status)
        if not answer.whole:
            return NoPin(f"{name}: {host} does not say how long its answer is, so it may lack its end", retry=True)
        try:
            roots = documents(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, Unparsable):
            roots = []
        if not roots or any(root.kind != "mapping" for root in roots):
            return strange(f"{name}: {host}", "no CI file")
        digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode("ascii")
        return Pin("", (f"sha256-{digest}",), question.name, remark="first seen: nobody else says what it should be")


class Wrappers:
    """Resolves the downloads of Maven wrappers; one for a run, shared by its threads."""

    def __init__(self, client: Client, environment: Mapping[str, str] = os.environ) -> None:
        self._client = client
        self._environment = environment

    def resolve(self, question: Question) -> Pin | NoPin:
        """The SHA-256 sum of what the address leads to today."""
        name = question.name.partition("?")[0].rpartition("/")[2][:100]
        if not question.version or "SNAPSHOT" in question.version:
            return NoPin(f"{name}: the address names no release, so its bytes may change, and a sum of today would break the build")
        url, authorization = self._source(question.source or question.name)
        if "@" in urlsplit(url).netloc or "${" in url:
            return NoPin(f"{name}: its address holds credentials or a variable, which are sent nowhere: write the sum by hand")
        try:
            answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST, named_by=self._named_by(url))
            if answer.status != 200:
                return refused(f"{name}: {urlsplit(url).hostname}", answer.status)
            if not answer.whole:
                why = "does not say how long its answer is, so it may lack its end"
                return NoPin(f"{name}: {urlsplit(url).hostname} {why}", retry=True)
            if not answer.body.startswith((b"PK\x03\x04", b"\x1f\x8b")):
                return strange(f"{name}: {urlsplit(url).hostname}", "neither a zip nor a tar.gz")
            return self._checked(url, authorization, answer.body, question)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)

    def beside(self, address: str) -> str:
        """The SHA-256 sum that is published beside an address, "" where there is none. Raises Failed."""
        url, authorization = self._source(address)
        return self._published(f"{url}.sha256", authorization, "sha256")

    def _named_by(self, url: str) -> str:
        """Who names an address: the repository, which may not name this machine, or the user's own mirror."""
        mirror = self._environment.get("MVNW_REPOURL", "")
        return "" if mirror and origin(mirror) == origin(url) else "the repository"

    def _source(self, url: str) -> tuple[str, str]:
        """(where `mvnw` would fetch it, the Authorization that the user has for that place)."""
        mirror = self._environment.get("MVNW_REPOURL", "").rstrip("/")
        if not mirror or _BELOW not in url:
            return url, ""
        user, password = self._environment.get("MVNW_USERNAME", ""), self._environment.get("MVNW_PASSWORD", "")
        return mirror + _BELOW + url.partition(_BELOW)[2], basic(user, password) if user and password else ""

    def _checked(self, url: str, authorization: str, body: bytes, question: Question) -> Pin | NoPin:
        found = hashlib.sha256(body).hexdigest()
        for given in question.digests:
            if why := _disagreement(given, body):
                return NoPin(f"{why}; nothing is written over it", rule=CONTRADICTED)
        for algorithm in _PUBLISHED:
            published = self._published(f"{url}.{algorithm}", authorization, algorithm)
            if published:
                if published != hashlib.new(algorithm, body).hexdigest():
                    why = f"the {algorithm} sum that is published beside it is that of another file: ask who publishes them"
                    return NoPin(why, rule=CONTRADICTED)
                return Pin(question.version, (f"sha256:{found}",), f"{url}.{algorithm}")
        return Pin(question.version, (f"sha256:{found}",), url, remark="first seen: no sum is published beside it")

    def _published(self, url: str, authorization: str, algorithm: str) -> str:
        """The sum at `url`, "" where there is none."""
        led = self._named_by(url)
        answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST_SUM, named_by=led)
        if (told := refused(f"the published sum at {urlsplit(url).hostname}", answer.status)).retry:
            raise Failed(told.why, retry=True)
        return _sum(answer.body, algorithm) if answer.status == 200 else ""


class Distributions:
    """Resolves the distributions of Gradle wrappers; one for a run, shared by its threads. They are too large to be kept: their
    bytes are summed up as they come."""

    def __init__(self, client: Client, named_by: str = "the repository") -> None:
        self._client, self._named_by = client, named_by

    def resolve(self, question: Question) -> Pin | NoPin:
        """The SHA-256 sum of what the address leads to today, if the one that is published beside it agrees."""
        url = question.source or question.name
        name = question.name.partition("?")[0].rpartition("/")[2][:100]
        if not question.version or "snapshot" in url.lower():
            return NoPin(f"{name}: the address names no release, so its bytes may change, and a sum of today would break the build")
        try:
            return self._summed(url, name, question)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry)

    def _summed(self, url: str, name: str, question: Question) -> Pin | NoPin:
        answer = self._client.request("GET", url, largest=_LARGEST_GRADLE, named_by=self._named_by, sums=("sha256",))
        host = urlsplit(url).hostname
        if answer.status != 200:
            return refused(f"{name}: {host}", answer.status)
        if not answer.whole:
            return NoPin(f"{name}: {host} does not say how long its answer is, so it may lack its end", retry=True)
        if not answer.body.startswith(b"PK\x03\x04"):
            return strange(f"{name}: {host}", "no zip")
        found = answer.sums["sha256"]
        for given in question.digests:
            text = given.strip().lower()
            if _HEX.fullmatch(text) and len(text) >= 8 and not found.startswith(text):
                return NoPin(f"{_not_that(text)}; nothing is written over it", rule=CONTRADICTED)
        published = self.beside(url)
        if published and published != found:
            return NoPin(
                "the sha256 sum that is published beside it is that of another file: ask who publishes them", rule=CONTRADICTED
            )
        remark = "" if published else "first seen: no sum is published beside it"
        return Pin(question.version, (f"sha256:{found}",), f"{url}.sha256" if published else url, remark=remark)

    def beside(self, url: str) -> str:
        """The SHA-256 sum that is published beside an address, "" where there is none. Raises Failed."""
        answer = self._client.request("GET", f"{url}.sha256", largest=_LARGEST_SUM, named_by=self._named_by)
        if (told := refused(f"the published sum at {urlsplit(url).hostname}", answer.status)).retry:
            raise Failed(told.why, retry=True)
        return _sum(answer.body, "sha256") if answer.status == 200 else ""


def _sum(body: bytes, algorithm: str) -> str:
    """The first word of a file of sums, if it is one of the algorithm."""
    first = (body[:_LARGEST_SUM].decode("ascii", "replace").split() or [""])[0]
    return first.lower() if len(first) == hashlib.new(algorithm).digest_size * 2 and _HEX.fullmatch(first) else ""


def _not_that(text: str) -> str:
    return f"the sum in the file, {text[:12]}…, is not that of what the address leads to"


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
    return "" if agrees else _not_that(text)

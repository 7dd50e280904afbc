"""What Maven would download: the distribution and the jar of a wrapper.

A sum is of bytes that were fetched here, from where `mvnw` would fetch them; a sum that is published beside them, or that stands
in the file already, has to agree. Source: Apache Maven Wrapper, only-mvnw and maven-wrapper-distribution (MVNW_REPOURL).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pinlint.http import Client, Failed
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin

__all__ = ["Downloads"]

#: Bytes. Maven itself has 10 MB, its daemon 30.
_LARGEST = 64 * 1024 * 1024
_LARGEST_SUM = 64 * 1024
#: Sums that repositories publish, the strongest first: where there are several, one is enough.
_PUBLISHED = ("sha512", "sha256", "sha1")
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_BELOW = "/org/apache/maven/"


class Downloads:
    """Resolves the downloads of Maven wrappers; one for a run, shared by its threads."""

    def __init__(self, client: Client, environment: Mapping[str, str] = os.environ) -> None:
        self._client = client
        self._environment = environment

    def resolve(self, reference: Reference) -> Pin | NoPin:
        """The SHA-256 sum of what the address leads to today."""
        name = reference.artifact.name.rpartition("/")[2][:100]
        if "never reads one" in reference.why:
            return NoPin(f"{name}: {reference.why}")
        if not reference.version or "SNAPSHOT" in reference.version:
            return NoPin(f"{name}: the address names no release, so its bytes may change, and a sum of today would break the build")
        url, authorization = self._source(reference.artifact.name)
        if "@" in urlsplit(url).netloc or "${" in url:
            return NoPin(f"{name}: its address holds credentials or a variable")
        try:
            answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST)
            if answer.status != 200:
                later = answer.status == 429 or answer.status >= 500
                return NoPin(f"{name}: {urlsplit(url).hostname} answers {answer.status}", retry=later)
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
        login = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return mirror + _BELOW + url.partition(_BELOW)[2], f"Basic {login}" if user and password else ""

    def _checked(self, name: str, url: str, authorization: str, body: bytes, reference: Reference) -> Pin | NoPin:
        found = hashlib.sha256(body).hexdigest()
        for given in reference.digests:
            if why := _disagreement(given, body):
                return NoPin(f"{name}: {why}; nothing is written over it")
        for algorithm in _PUBLISHED:
            published = self._published(f"{url}.{algorithm}", authorization, algorithm)
            if published:
                if published != hashlib.new(algorithm, body).hexdigest():
                    return NoPin(f"{name}: the {algorithm} sum that is published beside it is that of another file")
                return Pin(reference.version, (f"sha256:{found}",), f"{url}.{algorithm}")
        return Pin(reference.version, (f"sha256:{found}",), url, remark="first seen: no sum is published beside it")

    def _published(self, url: str, authorization: str, algorithm: str) -> str:
        """The sum at `url`, "" where there is none."""
        answer = self._client.request("GET", url, secret=authorization, largest=_LARGEST_SUM)
        if answer.status in (429, 500, 502, 503, 504):
            raise Failed(f"{urlsplit(url).hostname} answers {answer.status} for the published sum", retry=True)
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

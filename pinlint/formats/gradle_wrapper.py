"""The Gradle wrapper's properties: which Gradle `gradlew` downloads and runs, and the SHA-256 sum that it checks.

Source: gradle, wrapper-shared, Install.java: the sum is compared with lower-case hex digits when the distribution is downloaded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.properties import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "Gradle distribution"
_SUM = "distributionSha256Sum"
_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch
_version = re.compile(r"gradle-(\d[\w.+-]*?)(?:-(?:bin|all|src))?\.zip$").search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """The distribution; a fact where it is fetched without TLS and without a sum."""
    values = entries(document.text)
    if "distributionUrl" not in values:
        yield Fact("foreign", Span(0, 0), "no wrapper of Gradle: it has no distributionUrl")
        return
    address, place = values["distributionUrl"]
    given = values[_SUM][0] if _SUM in values else ""
    found = _version(address)
    version = found[1] if found else ""
    artifact = Artifact("url", without_credentials(address), address)
    if is_insecure(address) and not _sha256(given):
        yield Fact("insecure-transport", place, f"{without_credentials(address)} is fetched without TLS")
    if "${" in address or "{{" in address or "@" in address.partition("://")[2].partition("/")[2]:
        yield Reference(artifact, version, (), "unknown", place, _ROLE, "a template fills in its address")
    elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", address) or address.startswith("file:"):
        yield Reference(artifact, version, (), "local", place, _ROLE, "a file of this repository or machine")
    elif given and not _sha256(given):
        why = f"{_SUM} does not protect it: {_wrong(given)}"
        yield Reference(artifact, version, (given,), "floating", place, _ROLE, why, "", values[_SUM][1], "gradle-sum")
    elif given:
        yield Reference(artifact, version, (f"sha256:{given}",), "digest", place, _ROLE)
    else:
        moves = not version or "snapshot" in address.lower()
        why = f"no {_SUM}, so nothing says which bytes gradlew may run"
        end = Span(place.end, place.end)
        yield Reference(artifact, version, (), "floating" if moves else "version", place, _ROLE, why, "", end, "gradle-sum")


def _wrong(given: str) -> str:
    if given != given.strip():
        return "the blanks around it belong to it, so no distribution can match"
    if re.fullmatch(r"[0-9A-Fa-f]{64}", given):
        return "gradlew compares with lower-case digits, so no distribution can match"
    return "it is no SHA-256 sum of 64 hex digits, so no distribution can match"

"""The Maven wrapper's properties: which Maven `mvnw` downloads and runs, and the SHA-256 sums that it checks.

Knows what the wrapper's scripts and its jar do with each key; must not know how a sum is found.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.maven.names import checked_http
from pinlint.ecosystems.url.names import without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.text import Document
from pinlint.tree import Tree, join

_ENTRY = re.compile(r"^[ \t\f]*(?P<key>[A-Za-z][\w.]*)[ \t\f]*[=:][ \t\f]*(?P<value>[^\r\n]*)", re.MULTILINE)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_NAMED = {32: "an MD5", 40: "a SHA-1", 96: "a SHA-384", 128: "a SHA-512"}
_QUALIFIER = r"(?:-(?:alpha|beta|rc|m|snapshot)(?:[-.]?\d+)?)?"
_VERSION = re.compile(rf"-(?P<version>\d+(?:\.\d+)+{_QUALIFIER})(?:-[a-z][\w-]*)?\.(?:zip|tar\.gz|jar)$", re.IGNORECASE)
_OLD_JAR = re.compile(r"/org/apache/maven/wrapper/maven-wrapper/(?:[0-2]\.|3\.[01]\.)")


class _Value(NamedTuple):
    text: str
    span: Span


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The Maven distribution and, unless it is committed or not used, the wrapper's own jar."""
    values = {found["key"]: _value(found) for found in _ENTRY.finditer(document.text)}
    yield from _download(values, "distributionUrl", "distributionSha256Sum", "Maven distribution", _unread(values))
    jar = join(document.path, "maven-wrapper.jar")
    for found in _download(values, "wrapperUrl", "wrapperSha256Sum", "Maven wrapper jar", ""):
        kind = values["distributionType"].text if "distributionType" in values else ""
        if kind == "only-script":
            continue
        if isinstance(found, Reference) and tree.exists(jar) and "wrapperSha256Sum" not in values:
            yield found._replace(verdict="local", why=f"{jar} is committed, so nothing is fetched").unpinnable()
        elif isinstance(found, Reference) or not tree.exists(jar):
            yield found


def _value(found: re.Match[str]) -> _Value:
    text = found["value"].rstrip(" \t\f")
    return _Value(re.sub(r"\\([:=#!\\])", r"\1", text), Span(found.start("value"), found.start("value") + len(text)))


def _unread(values: dict[str, _Value]) -> str:
    """Why this wrapper never reads distributionSha256Sum, "" if it does: that came with version 3.2.0 of Apache's wrapper."""
    url = values["wrapperUrl"].text if "wrapperUrl" in values else ""
    if "/io/takari/" in url:
        return "the Takari wrapper never reads one; move to Apache's wrapper 3.2.0 or later"
    return "a wrapper before 3.2.0 never reads one; update the wrapper (`mvn wrapper:wrapper`)" if _OLD_JAR.search(url) else ""


def _download(values: dict[str, _Value], key: str, sum_key: str, role: str, unread: str) -> Iterator[Reference | Fact]:
    url = values.get(key)
    if not url or not url.text:
        return
    given = values.get(sum_key)
    named = _VERSION.search(url.text)
    version = named["version"] if named else ""
    if given and given.text:
        wrong = unread or _wrong(given.text)
        why = f"{sum_key} does not protect it: {wrong}" if wrong else ""
        digests = (given.text if wrong else f"sha256:{given.text.lower()}",)
        level = "floating" if wrong else "digest"
        site = None if unread else given.span
        yield Reference(_artifact(url.text), version, digests, level, url.span, role, why, "", site, "wrapper-sum")
    elif url.text.startswith("file:") or "://" not in url.text:
        why = "a file of this machine, nothing is fetched"
        yield Reference(_artifact(url.text), version, (), "local", url.span, role, why)
    else:
        snapshot = not version or "SNAPSHOT" in version
        why = f"no {sum_key}" + (f", and {unread}" if unread else ", so nothing says which bytes mvnw may run")
        end = None if unread else Span(url.span.end, url.span.end)
        level = "floating" if snapshot else "version"
        yield Reference(_artifact(url.text), version, (), level, url.span, role, why, "", end, "wrapper-sum")
    if (not given or _wrong(given.text)) and (transport := checked_http(url.text)):
        yield Fact("insecure-transport", url.span, transport)


def _artifact(url: str) -> Artifact:
    return Artifact("url", without_credentials(url), url)


def _wrong(text: str) -> str:
    """Why the wrapper cannot check by this sum, "" if it can. Upper case is fine for the scripts, and the jar refuses it."""
    if _SHA256.fullmatch(text):
        return ""
    if not _HEX.fullmatch(text):
        return "it is no SHA-256 sum in hexadecimal digits"
    name = _NAMED.get(len(text))
    return f"it is as long as {name} sum, and mvnw checks SHA-256" if name else f"it has {len(text)} digits, a SHA-256 sum has 64"

"""Maven coordinates and versions: what a version text asks for, and how firmly.

Knows the grammar of versions and ranges; must not know poms, properties or repositories.
"""

import re
from typing import NamedTuple

from pinlint.ecosystems.maven.order import compare
from pinlint.ecosystems.url.names import is_insecure, without_credentials

__all__ = ["Range", "VersionError", "admits", "alike", "checked_http", "parse_range", "purl", "verdict"]

#: Characters. No real version is longer; comparing takes stack in proportion to the length.
LENGTH_LIMIT = 200

_BRACKET = re.compile(r"[)\]]")
_TIMESTAMPED = re.compile(r"(?:.*-)?[0-9]{8}\.[0-9]{6}-[0-9]+", re.DOTALL)
_ILLEGAL = frozenset('\\/:"<>|?*')


class VersionError(ValueError):
    """A version text that Maven refuses; str() says why."""


class Range(NamedTuple):
    """What a version text allows. `exact` is the one version it names, None if it allows several; `soft` says that the
    version is only recommended (`1.0`), not required (`[1.0]`).
    """

    exact: str | None
    soft: bool


def parse_range(spec: str) -> Range:
    """What `spec` allows, as Maven reads it. Raises VersionError where Maven does.

    Source: VersionRange.createFromVersionSpec, Maven 3.8.
    """
    rest, upper, parts = spec, None, 0
    exact: str | None = None
    while rest.startswith(("[", "(")):
        close = _BRACKET.search(rest)
        if close is None:
            raise VersionError("the range is not closed")
        lower, top, exact = _restriction(rest[: close.end()])
        if upper is not None and (lower is None or compare(lower, upper) < 0):
            raise VersionError("its ranges overlap")
        upper, parts = top, parts + 1
        rest = _trim(rest[close.end() :])
        if rest.startswith(","):
            rest = _trim(rest[1:])
    if not rest:
        return Range(exact if parts == 1 else None, soft=False)
    if parts:
        raise VersionError("a range is followed by something that is none")
    return Range(rest, soft=True)


def admits(spec: str, version: str) -> bool:
    """Whether a range (one that `parse_range` takes) holds `version`. Source: VersionRange.containsVersion, Maven 3.8."""
    rest = spec
    while rest.startswith(("[", "(")) and (close := _BRACKET.search(rest)):
        lower, upper, _ = _restriction(rest[: close.end()])
        above = lower is None or compare(version, lower) >= (rest[0] == "(")
        below = upper is None or compare(version, upper) <= -(close[0] == ")")
        if above and below:
            return True
        rest = _trim(_trim(rest[close.end() :]).removeprefix(","))
    return False


def _restriction(spec: str) -> tuple[str | None, str | None, str | None]:
    """(lower bound, upper bound, the only version) of one bracketed range; None for what is not there."""
    closed = spec[0] == "[" and spec[-1] == "]"
    inner = _trim(spec[1:-1])
    lower, comma, upper = (_trim(part) for part in inner.partition(","))
    if not comma:
        if not closed:
            raise VersionError("a single version must stand in [ and ]")
        return inner, inner, inner
    order = compare(lower, upper) if lower and upper else -1
    if order > 0 or (order == 0 and not closed):
        raise VersionError("the lower bound of the range is not below its upper bound")
    return lower or None, upper or None, lower if order == 0 else None


def _trim(text: str) -> str:
    """As Java's String.trim: a no-break space stays."""
    return text.strip("".join(map(chr, range(33))))


def verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of a version whose properties are all replaced. `why` is "" for a plain version."""
    if not version:
        return "unknown", "the version is empty"
    if len(version) > LENGTH_LIMIT:
        return "unknown", f"the version is longer than {LENGTH_LIMIT} characters"
    try:
        allowed = parse_range(version)
    except VersionError as error:
        return "unknown", f"Maven refuses this version: {error}"
    if allowed.exact is None:
        return "range", "whatever matches the range and is newest when Maven runs"
    return _exact_verdict(allowed.exact)


def _exact_verdict(version: str) -> tuple[str, str]:
    if not version:
        return "unknown", "the brackets hold no version"
    if version in ("LATEST", "RELEASE"):
        return "floating", f"{version} is whatever was {'deployed' if version == 'LATEST' else 'released'} last"
    if odd := next((char for char in version if char in _ILLEGAL or char in "()[],{}" or char <= " " or char.isspace()), ""):
        return "unknown", f"no version can hold {odd!r}"
    if version.endswith("+"):
        return "unknown", "a trailing + means a range to Gradle; Maven looks for a version of this very name"
    if _TIMESTAMPED.fullmatch(version):
        return "version", "a timestamped snapshot"
    if version.endswith("SNAPSHOT"):
        return "floating", "a SNAPSHOT of another project is whatever was deployed last"
    return "version", ""


def purl(name: str, version: str) -> str:
    """The package URL of `group:artifact` at a version (left out when ""); "" without a group.

    >>> purl("org.example:lib", "1.0+x")
    'pkg:maven/org.example/lib@1.0%2Bx'
    """
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    group, _, artifact = name.rpartition(":")
    return package_url("maven", f"{group}/{artifact}", version) if group and artifact else ""


def checked_http(url: str) -> str:
    """Why fetching from `url` is not safe from meddling on the way, or "" when it is (or stays on this machine)."""
    if url[:5].lower() != "http:" or not is_insecure(url):
        return ""
    return f"{without_credentials(url)} is asked without TLS: whoever is on the way can change what it answers"


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what is no `group:artifact`."""
    return (text,) if text.count(":") == 1 or (text.count(":") == 0 and "*" in text) else ()

"""Cargo's grammar: what a version requirement asks for, which versions satisfy it, and what a checksum is worth.

Knows how Cargo reads these words (the crates `semver` and `cargo-util-schemas`); must not know files or where a word was written.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from pinlint.ecosystems.git.names import repository_name

__all__ = [
    "Requirement",
    "Source",
    "Version",
    "alike",
    "checksum_verdict",
    "commit_verdict",
    "purl",
    "repository",
    "requirement",
    "source",
    "verdict",
    "version",
]

_PRE = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_NUMBER = r"(?:0|[1-9][0-9]{0,19})"
_version = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_PRE}").fullmatch
_PART = rf"(?:{_NUMBER}|[*xX])"
_comparator = re.compile(
    rf" *(?P<op>=|>=|<=|>|<|~|\^)? *(?P<major>{_PART})(?:\.(?P<minor>{_PART})(?:\.(?P<patch>{_PART}){_PRE})?)? *"
).fullmatch
_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch
_LONGEST = 300  # characters of a requirement that somebody may have written


class Version(NamedTuple):
    """A version as it is compared; `pre` are the parts behind the dash, what follows a plus counts for nothing."""

    major: int
    minor: int
    patch: int
    pre: tuple[tuple[int, int, str], ...] = ()


@lru_cache(8192)  # a lock holds few versions, each asked for by many
def version(text: str) -> Version | None:
    """A full version; None for what is none."""
    found = _version(text)
    return Version(int(found[1]), int(found[2]), int(found[3]), _pre(found["pre"])) if found else None


def _pre(text: str | None) -> tuple[tuple[int, int, str], ...]:
    """The parts of a pre-release in their order: numbers before words. Source: Semantic Versioning 2.0, 11.4."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in (text or "").split(".") if part)


class _Comparator(NamedTuple):
    op: str
    major: int
    minor: int | None
    patch: int | None
    pre: tuple[tuple[int, int, str], ...]


class Requirement(NamedTuple):
    """What a manifest accepts: all of these comparisons; none of them is any version."""

    comparators: tuple[_Comparator, ...]

    def allows(self, version: Version) -> bool:
        """Whether a version satisfies it; a pre-release only where one of the same version is named. Source: semver, eval.rs."""
        if not all(_fits(one, version) for one in self.comparators):
            return False
        return not version.pre or any(one.pre and (one.major, one.minor, one.patch) == version[:3] for one in self.comparators)


@lru_cache(8192)
def requirement(text: str) -> Requirement | None:
    """What a text accepts; None where Cargo refuses it. Source: semver, parse.rs."""
    if len(text) > _LONGEST:
        return None
    if text.strip(" ") in ("*", "x", "X"):
        return Requirement(())
    made = []
    for part in text.split(","):
        found = _comparator(part)
        if not found or not (one := _read(found)):
            return None
        made.append(one)
    return Requirement(tuple(made))


def _read(found: re.Match[str]) -> _Comparator | None:
    """A comparison; None where a star stands before a number, or alone beside others."""
    numbers: list[int | None] = []
    starred = False
    for name in ("major", "minor", "patch"):
        text = found[name]
        if text in ("*", "x", "X"):
            starred = True
        elif text is not None and starred:
            return None
        numbers.append(None if text is None or starred else int(text))
    major, minor, patch = numbers
    if major is None or (starred and found["pre"]):
        return None
    op = found["op"] or ("*" if starred else "^")
    return _Comparator("=" if op == "*" else op, major, minor, patch, _pre(found["pre"]))


def _fits(one: _Comparator, version: Version) -> bool:
    if one.op == "~":
        return _tilde(one, version)
    if one.op == "^":
        return _caret(one, version)
    if "=" in one.op and _same(one, version):
        return True
    if one.op == "=":
        return False
    for want, have in ((one.major, version.major), (one.minor, version.minor), (one.patch, version.patch)):
        if want is None:
            return False
        if want != have:
            return (have > want) == (one.op[0] == ">")
    if version.pre == one.pre:
        return False
    return _later(version.pre, one.pre) == (one.op[0] == ">")


def _same(one: _Comparator, version: Version) -> bool:
    named = ((one.major, version.major), (one.minor, version.minor), (one.patch, version.patch))
    return all(want in (None, have) for want, have in named) and version.pre == one.pre


def _later(pre: tuple[tuple[int, int, str], ...], other: tuple[tuple[int, int, str], ...]) -> bool:
    """Whether one pre-release is at least as late as another; none at all is the latest."""
    return not pre or (bool(other) and pre >= other)


def _tilde(one: _Comparator, version: Version) -> bool:
    if one.major != version.major or one.minor not in (None, version.minor):
        return False
    if one.patch is not None and one.patch != version.patch:
        return version.patch > one.patch
    return _later(version.pre, one.pre)


def _caret(one: _Comparator, version: Version) -> bool:
    if one.major != version.major:
        return False
    if one.minor is None:
        return True
    if one.patch is None:
        return version.minor >= one.minor if one.major else version.minor == one.minor
    have, want = (version.minor, version.patch), (one.minor, one.patch)
    if have != want:
        fixed = 0 if one.major else 1 if one.minor else 2  # the first number that is not zero must be the same
        return have[:fixed] == want[:fixed] and have > want
    return _later(version.pre, one.pre)


def verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of a version requirement."""
    asked = requirement(text)
    if asked is None:
        return "unknown", "Cargo takes it for no version requirement"
    if not asked.comparators:
        return "floating", "any version will do, so the newest one comes"
    exact = len(asked.comparators) == 1 and asked.comparators[0].op == "=" and asked.comparators[0].patch is not None
    return ("version" if exact else "range"), ""


class Source(NamedTuple):
    """Where a locked crate comes from. `kind` is "registry", "git" or "" for what nobody knows; `address` lacks what Cargo puts
    before and behind it, `commit` that of a repository."""

    kind: str
    address: str
    commit: str = ""


@lru_cache(1024)
def source(text: str) -> Source:
    """What the `source` of a lock says. Source: cargo, core/source_id.rs, `SourceId::from_url`."""
    kind, plus, address = text.partition("+")
    if kind == "git" and plus:
        address, _, commit = address.partition("#")
        return Source("git", address.partition("?")[0], commit)
    if kind == "registry" and plus:
        return Source("registry", address)
    return Source("registry", address.removeprefix("sparse+")) if kind == "sparse" and plus else Source("", text)


def checksum_verdict(checksum: str) -> tuple[str, str]:
    """(verdict, why) of the checksum of a crate of a registry. Source: cargo, sources/registry/download.rs."""
    if not checksum:
        return "version", "no checksum, so Cargo takes the one that the registry tells it today"
    if not _sha256(checksum):
        return "version", "its checksum is no SHA-256 sum in 64 lower-case hex digits, so no crate can ever match it"
    return "digest", ""


def commit_verdict(commit: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the commit that a lock holds for a repository."""
    if _commit(commit):
        return "digest", (commit,), ""
    digests = (commit,) if commit else ()
    return "floating", digests, "the lock holds no full commit of the repository, so Cargo takes what its branch holds today"


def repository(address: str) -> str:
    """The name of a git repository that a manifest or lock gives the address of."""
    return repository_name(address)


def purl(name: str, version: str) -> str:
    """`pkg:cargo/NAME@VERSION`. Source: purl-spec, type cargo."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("cargo", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version. Crates are told apart by - and _, whatever the registry accepts."""
    return (text,) if text and "@" not in text else ()

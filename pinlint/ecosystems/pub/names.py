"""Pub's grammar: constraints of versions, and what the hash of a lock is worth.

Must not know files. Source: dart-lang/pub, source/hosted.dart and source/git.dart; pub_semver, version_constraint.dart.
"""

import re

__all__ = ["alike", "commit_verdict", "constraint_verdict", "purl", "sha256_verdict"]

_VERSION = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_version = re.compile(_VERSION).fullmatch
_range = re.compile(rf"(?:\s*(?:\^|[<>]=?)\s*{_VERSION})+\s*").fullmatch
_LONGEST = 300
_sha256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch


def constraint_verdict(constraint: str) -> tuple[str, str]:
    """(verdict, why) of what a pubspec asks for."""
    constraint = constraint.strip()
    if constraint in ("", "any"):
        return "floating", ""
    if _version(constraint):
        return "version", ""
    return ("range", "") if len(constraint) <= _LONGEST and _range(constraint) else ("unknown", "pub knows no such constraint")


def sha256_verdict(sha256: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the hash of a hosted package. Pub takes a lock without hashes, and fills them in where it may."""
    if not sha256:
        return "version", (), ""
    if _sha256(sha256):
        return "digest", (sha256,), ""
    return "unknown", (), "its sha256 has not 64 hex digits, so pub cannot read the lock"


def commit_verdict(commit: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the `resolved-ref` of a repository."""
    if _commit(commit):
        return "digest", (commit,), ""
    return "unknown", (), "its resolved-ref is no full commit, so pub cannot check it out"


def purl(name: str, version: str) -> str:
    """`pkg:pub/NAME@VERSION`. Source: purl-spec, type pub."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("pub", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and ":" not in text else ()

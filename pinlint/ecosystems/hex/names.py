"""Hex's grammar: requirements of versions, and what the checksums of a lock are worth.

Must not know files. Source: hexpm/hex, lib/hex/scm.ex and utils.ex; Elixir, lib/elixir/lib/version.ex.
"""

import re

__all__ = ["alike", "checksum_verdict", "commit_verdict", "purl", "requirement_verdict"]

_sha256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch
_exact = re.compile(r"\s*(?:==)?\s*\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\s*").fullmatch


def requirement_verdict(requirement: str) -> tuple[str, str]:
    """(verdict, why) of what a project asks for."""
    return ("version", "") if _exact(requirement) else ("range", "")


def checksum_verdict(inner: str, outer: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the checksums of an entry: of the content of a package (`inner`, "" = none) and of its tarball
    (`outer`), which Hex asks for since 0.20 only where there is one."""
    sums = tuple(one for one in (outer, inner) if one)
    if not sums:
        return "version", (), ""
    if all(map(_sha256, sums)):
        return "digest", sums, ""
    return "unknown", (), "a checksum of it has not 64 hex digits, so nothing can ever match it"


def commit_verdict(commit: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the commit of a repository in a lock."""
    if _commit(commit):
        return "digest", (commit,), ""
    return "unknown", (), "it holds no full commit, so Mix cannot check it out"


def purl(name: str, version: str) -> str:
    """`pkg:hex/NAME@VERSION`. Source: purl-spec, type hex."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("hex", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text and ":" not in text else ()

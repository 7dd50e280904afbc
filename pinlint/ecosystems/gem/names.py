"""RubyGems' grammar: what requirements ask for, and what a checksum of a lock is worth.

Must not know files. Source: rubygems, lib/rubygems/requirement.rb and version.rb; bundler, lib/bundler/checksum.rb.
"""

import re

__all__ = ["alike", "checksum_verdict", "purl", "requirement_verdict", "requirements", "revision_verdict"]

_VERSION = r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_requirement = re.compile(rf"\s*(=|!=|>=|<=|~>|>|<)?\s*({_VERSION})\s*").fullmatch
_sha256 = re.compile(r"sha256=(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)").fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch


def requirements(texts: tuple[str, ...]) -> frozenset[tuple[str, str]] | None:
    """(operator, version) of every requirement, without the one that any version satisfies; None where RubyGems refuses one."""
    made = set()
    for text in texts:
        found = _requirement(text)
        if not found:
            return None
        made.add((found[1] or "=", found[2]))
    return frozenset(made - {(">=", "0")})


def requirement_verdict(texts: tuple[str, ...]) -> tuple[str, str]:
    """(verdict, why) of the requirements of a gem."""
    asked = requirements(texts)
    if asked is None:
        return "unknown", "RubyGems takes it for no requirement"
    if not asked:
        return "floating", "any version will do, so the newest one comes"
    return ("version" if len(asked) == 1 and next(iter(asked))[0] == "=" else "range"), ""


def checksum_verdict(texts: tuple[str, ...]) -> tuple[str, str]:
    """(verdict, why) of the checksums of a gem, of which there is at least one. Of other algorithms Bundler computes nothing."""
    known = [text for text in texts if text.startswith("sha256=")]
    if not known:
        return "version", "Bundler computes sha256 sums only and passes over any other"
    if not all(map(_sha256, known)):
        return "version", "its sha256 sum has neither 64 hex digits nor 44 characters of base64, so Bundler refuses the lock"
    return "digest", ""


def revision_verdict(revision: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the revision of a repository."""
    if _commit(revision):
        return "digest", (revision,), ""
    return "floating", (revision,) if revision else (), "the lock holds no full commit of the repository"


def purl(name: str, version: str) -> str:
    """`pkg:gem/NAME@VERSION?platform=PLATFORM`. Source: purl-spec, type gem."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    number, _, platform = version.partition("-")
    return package_url("gem", name, number, platform=platform)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and ":" not in text else ()

"""Composer's grammar: package names, what a constraint asks for, and what the reference or sum of a locked package is worth.

Must not know files. Source: composer/semver, VersionParser; Composer, FileDownloader and RootPackageLoader.
"""

import re

__all__ = ["alike", "constraint_verdict", "distribution_verdict", "is_platform", "purl", "source_verdict"]

_platform = re.compile(
    r"(?i)(?:php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-[a-z0-9](?:[_.-]?[a-z0-9]+)*|composer(?:-(?:plugin|runtime)-api)?)"
).fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch
_sha1 = re.compile(r"[0-9a-f]{40}").fullmatch
_MODIFIER = r"[._-]?(?:(?:stable|beta|b|rc|alpha|a|patch|pl|p)(?:[.-]?\d+)*)?(?:[.-]?dev)?"
_DATE = r"\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3}){0,2}"
_exact = re.compile(rf"(?i)={{0,2}}\s*v?(?:\d{{1,5}}(?:\.\d+){{0,3}}|{_DATE}){_MODIFIER}(?:\+\S+)?").fullmatch
_branch = re.compile(r"(?i)={0,2}\s*(?:dev-[^\s|,]+|v?\d+(?:\.(?:\d+|[x*]))*-dev)").fullmatch
_any = re.compile(r"(?i)v?[*x](?:\.[*x])*").fullmatch
_LONGEST = 1000  # characters of a constraint that somebody may have written


def is_platform(name: str) -> bool:
    """Whether a name means PHP itself, an extension, a library, or Composer. Source: PlatformRepository, PLATFORM_PACKAGE_REGEX."""
    return _platform(name) is not None


def constraint_verdict(text: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of a constraint. A branch may be followed by `#` and the commit that is meant."""
    if len(text) > _LONGEST:
        return "unknown", (), f"it is longer than {_LONGEST} characters"
    asked = re.sub(r"(?i)@(?:stable|rc|beta|alpha|dev)$", "", text.partition(" as ")[0].strip()).strip()
    asked, _, commit = asked.partition("#")
    if not asked or _any(asked):
        return "floating", (), "any version will do, so the newest one comes"
    if asked == "self.version":
        return "version", (), "the version of the package itself"
    if _branch(asked):
        if _commit(commit):
            return "digest", (commit,), ""
        digests = (commit,) if commit else ()
        return "floating", digests, f"{asked[:60]} is a branch, which moves with every push" if not commit else _SHORT
    return ("version" if _exact(asked) else "range"), (), ""


_SHORT = "a branch at something that is no full commit; write all 40 digits"


def distribution_verdict(version: str, reference: str, url: str, shasum: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of an archive that a lock names. Composer compares a SHA-1 sum where there is one; an address that
    names a commit is that commit's. Source: Composer, Downloader/FileDownloader.php."""
    if _commit(reference) and reference in url:
        return "digest", (reference,), ""
    if shasum:
        if _sha1(shasum):
            return "weak-digest", (f"sha1:{shasum}",), "its shasum is a SHA-1 sum, which can be forged"
        return "version", (shasum,), "its shasum is no SHA-1 sum in 40 lower-case hex digits, so no archive can ever match it"
    if version.startswith("dev-") or version.endswith("-dev"):
        return "floating", (), "a branch, and neither the address nor a sum says which commit"
    return "version", (), "neither the address nor a sum says which bytes are meant"


def source_verdict(kind: str, reference: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of a repository that a lock names and no archive of it."""
    if kind in ("git", "hg", "fossil") and _commit(reference):
        return "digest", (reference,), ""
    if kind == "svn" and re.fullmatch(r".*@\d+", reference, re.DOTALL):
        return "version", (), "a revision, which Subversion counts"
    return "floating", (), "the lock names no full commit of the repository"


def purl(name: str, version: str) -> str:
    """`pkg:composer/VENDOR/NAME@VERSION`, in lower case. Source: purl-spec, type composer."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("composer", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in lower case; () for what is no `vendor/package`."""
    return (text.lower(),) if ("/" in text or "*" in text) and ":" not in text else ()

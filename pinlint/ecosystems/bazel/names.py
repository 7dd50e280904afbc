"""Bazel's grammar: versions of modules, and the sums that downloads are checked by.

Must not know files. Source: bazel.build, "Bazel modules" (version format); Bazel, rules/repository and downloader/Checksum.java.
"""

import re

__all__ = ["alike", "purl", "sum_verdict", "version_verdict"]

_PART = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_version = re.compile(rf"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*(?:-{_PART})?(?:\+{_PART})?").fullmatch
#: Of each algorithm how many characters its sum has in base64.
_LENGTHS = {"sha256": 44, "sha384": 64, "sha512": 88, "blake3": 44}
_base64 = re.compile(r"[A-Za-z0-9+/]+={0,2}").fullmatch
_sha256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_COMMAND = "Bazel refuses the file"


def version_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of the version of a module: always one, for there are no ranges."""
    if _version(version):
        return "version", ""
    return "unknown", f"{version[:60]!r} is no version of a module, so {_COMMAND}"


def sum_verdict(sha256: str, integrity: str) -> tuple[str, str]:
    """(verdict, why) of the sums of a download, of which one may be ""; `floating` where both are."""
    if not sha256 and not integrity:
        return "floating", ""
    if sha256 and not _sha256(sha256):
        return "unknown", f"its sha256 has not 64 hex digits, so {_COMMAND}"
    if integrity:
        algorithm, _, encoded = integrity.partition("-")
        if algorithm not in _LENGTHS:
            return "unknown", f"Bazel knows no integrity by {algorithm[:20] or 'no algorithm'}, so {_COMMAND}"
        if len(encoded) != _LENGTHS[algorithm] or not _base64(encoded):
            return "unknown", f"its integrity is no {algorithm} in {_LENGTHS[algorithm]} characters of base64, so {_COMMAND}"
    return "digest", ""


def purl(name: str, version: str) -> str:
    """`pkg:bazel/NAME@VERSION`. Source: purl-spec, type bazel."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("bazel", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text else ()

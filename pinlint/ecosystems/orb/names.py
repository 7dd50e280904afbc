"""CircleCI orbs: `namespace/name@version`, and how firmly a version asks.

Must not know any file format. Source: circleci.com/docs/orbs/use/orb-intro (semantic versioning, dev versions); a published
`1.2.3` can never be published again, so it is as firm as an orb can be.
"""

from __future__ import annotations

import re

__all__ = ["alike", "orb_verdict", "parse_orb", "purl"]

_ORB = re.compile(r"([\w-]{1,100}/[\w-]{1,100})(?:@([^\s@]{1,200}))?")
_EXACT = re.compile(r"\d+\.\d+\.\d+")
_RANGE = re.compile(r"\d+(?:\.\d+)?")


def parse_orb(text: str) -> tuple[str, str] | None:
    """(namespace/name, version or "") of an orb reference; None for what is none."""
    match = _ORB.fullmatch(text)
    return (match[1], match[2] or "") if match else None


def orb_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of an orb's version."""
    if _EXACT.fullmatch(version):
        return "version", ""
    if _RANGE.fullmatch(version):
        return "range", f"{version} is the newest release of {version}.x"
    if version == "volatile":
        return "floating", "volatile is whatever was published last"
    if version.startswith("dev:"):
        return "floating", f"{version} is a development version, which can be published again"
    return ("unknown", f"{version!r} is no version of an orb") if version else ("floating", "")


def purl(name: str, version: str) -> str:
    """`pkg:generic/namespace/name@version?repository_url=circleci.com…`: there is no type of its own."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name, version, repository_url="circleci.com/developer/orbs")


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what is no `namespace/name`."""
    return (text,) if ("/" in text or "*" in text) and "@" not in text else ()

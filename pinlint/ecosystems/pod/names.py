"""CocoaPods' grammar: requirements of versions, and commits of a lock.

A lock has sums of podspecs, which say where a pod comes from, and none of the pod. Must not know files.
Source: CocoaPods/Core, lockfile.rb, requirement.rb and version.rb.
"""

import re

__all__ = ["alike", "purl", "requirement_verdict"]

_VERSION = r"v?[0-9]+(?:\.[0-9a-zA-Z]+)*(?:[-+][0-9A-Za-z.+-]+)?"
_exact = re.compile(rf"\s*=?\s*{_VERSION}\s*").fullmatch
_requirement = re.compile(rf"\s*(?:!=|>=|<=|~>|>|<|=)?\s*{_VERSION}\s*").fullmatch


def requirement_verdict(texts: tuple[str, ...]) -> tuple[str, str]:
    """(verdict, why) of the requirements of a pod."""
    if not texts:
        return "floating", "any version will do, so the newest one comes"
    if len(texts) == 1 and _exact(texts[0]):
        return "version", ""
    return ("range", "") if all(map(_requirement, texts)) else ("unknown", "CocoaPods takes it for no requirement")


def purl(name: str, version: str) -> str:
    """`pkg:cocoapods/NAME@VERSION#SUBSPEC`. Source: purl-spec, type cocoapods."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    pod, _, below = name.partition("/")
    return package_url("cocoapods", pod, version, below)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and ":" not in text else ()

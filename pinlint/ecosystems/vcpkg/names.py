"""vcpkg's grammar: the commit of a registry that all versions are chosen by.

Must not know files. Source: learn.microsoft.com/vcpkg, "vcpkg.json" and "vcpkg-configuration.json".
"""

import re

__all__ = ["alike", "baseline_verdict", "purl"]

_commit = re.compile(r"[0-9a-f]{40}").fullmatch


def baseline_verdict(baseline: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the baseline of a registry."""
    if _commit(baseline):
        return "digest", (baseline,), ""
    return "unknown", (), "a baseline is a full commit in lower case, so vcpkg refuses it"


def purl(name: str, version: str) -> str:
    """`pkg:generic/NAME@VERSION`: no type of package URLs is vcpkg's."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and ":" not in text else ()

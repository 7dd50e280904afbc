"""Names of packages of operating systems and of programs that install like one (apt, apk, dnf, brew, choco).

Must not know any file, nor which system a command runs on.
"""

from __future__ import annotations

import re

__all__ = ["alike", "purl"]


def purl(name: str, version: str) -> str:
    """`pkg:generic/NAME@VERSION`: which system a command runs on, and so the type of its packages, nobody says."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in which * may stand for anything; () for what has a version."""
    return (text,) if re.fullmatch(r"[\w.+*@/:-]+", text) else ()

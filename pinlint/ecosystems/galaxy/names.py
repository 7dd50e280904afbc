"""Ansible Galaxy's grammar: which versions of a collection or role are asked for.

Must not know files. Source: ansible, galaxy/dependency_resolution/versioning.py and galaxy/role.py.
"""

import re

__all__ = ["alike", "is_name", "purl", "verdict"]

_version = re.compile(r"(?:==?\s*)?v?\d+(?:\.\d+){0,2}(?:-[\w.-]+)?(?:\+[\w.-]+)?").fullmatch
_range = re.compile(r"(?:==|!=|>=|<=|>|<|=)?\s*(?:v?\d[\w.+-]*|\*)").fullmatch
_LONGEST = 300


def is_name(text: str) -> bool:
    """Whether a text is the name of a collection or role of a Galaxy."""
    return re.fullmatch(r"[\w-]{1,100}\.[\w-]{1,100}", text) is not None


def verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of the version that is asked for."""
    version = version.strip()
    if version in ("", "*"):
        return "floating", "no version is asked for, so every install takes the newest one"
    if _version(version):
        return "version", ""
    if len(version) <= _LONGEST and all(_range(part.strip()) for part in version.split(",")):
        return "range", ""
    return "floating", f"{version[:60]} is no version, and whatever has that name can be moved"


def purl(name: str, version: str) -> str:
    """`pkg:generic/NAME@VERSION`: no type of package URLs is Ansible's."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and ":" not in text and "," not in text else ()

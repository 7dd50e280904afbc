"""Conan's grammar: references to recipes.

A recipe revision says which recipe is meant, and nothing of the sources that the recipe fetches. Must not know files. Source:
docs.conan.io, "Version ranges" and "Revisions"; conan, api/model/refs.py.
"""

import re
from typing import NamedTuple

__all__ = ["Asked", "alike", "asked", "purl"]

_reference = re.compile(
    r"(?P<name>[a-z0-9_][a-z0-9_+.-]{1,100})/(?P<version>\[[^\]]{1,200}\]|<host_version>|[A-Za-z0-9_][\w+.-]{0,100})"
    r"(?:@(?P<user>[\w+.-]*)(?:/(?P<channel>[\w+.-]*))?)?(?:#(?P<revision>[^%\s:]*))?(?:%[\d.]+)?"
).fullmatch


class Asked(NamedTuple):
    """A recipe: name, version, `user/channel` ("" = none), and the verdict on it with the reason."""

    name: str
    version: str
    place: str
    verdict: str
    why: str


def asked(text: str) -> Asked:
    """What a reference asks for."""
    found = _reference(text.strip())
    if not found:
        return Asked(text.strip()[:200], "", "", "unknown", "Conan takes it for no reference to a recipe")
    place = "/".join(part for part in (found["user"], found["channel"]) if part)
    if found["version"][0] == "<":
        return Asked(found["name"], found["version"], place, "range", "the version that the host's recipe has")
    if found["version"].endswith("latest") and not found["revision"]:  # one of its recipes is as firm as that of a version
        return Asked(found["name"], found["version"], place, "floating", "whatever was released last is called so")
    return Asked(found["name"], found["version"], place, "range" if found["version"][0] == "[" else "version", "")


def purl(name: str, version: str) -> str:
    """`pkg:conan/NAME@VERSION`. Source: purl-spec, type conan."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("conan", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "/" not in text else ()

"""conda's grammar: what a match specification asks for, and what an address of a package says.

Knows how conda and mamba read a specification; must not know files. Source: conda, models/match_spec.py (`_parse_spec_str`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Package", "Specification", "alike", "package", "purl", "specification"]

_NAME = re.compile(r"(?:(?P<channel>[^\s\[\]]*):)?(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?P<rest>.*)", re.DOTALL)
_KEYED = re.compile(r"\[(?P<pairs>[^\]]*)\]\s*\Z")
_HASH = re.compile(r"\b(sha256|md5)\s*=\s*['\"]?([0-9A-Za-z]+)")
_VERSION = re.compile(r"\bversion\s*=\s*['\"]?([^'\",\]]+)")
_EXACT = re.compile(r"(?:==\s*)?[0-9A-Za-z][\w.!+]*(?:\s*=\s*|\s+)[\w.*]+\Z")
_ENDINGS = (".conda", ".tar.bz2")


class Specification(NamedTuple):
    """A match specification: `digests` as `algorithm:digits`; version and verdict, with the reason where it is none or several."""

    name: str
    channel: str
    version: str
    digests: tuple[str, ...]
    verdict: str
    why: str


class Package(NamedTuple):
    """What the address of a package says: where it lies, its name and version."""

    channel: str
    name: str
    version: str


def specification(text: str) -> Specification | None:
    """A match specification taken apart; None for what is none."""
    if re.match(r"\s*[a-z]+://", text) and "::" not in text:
        lies = package(text.strip())
        return Specification(lies.name, lies.channel, lies.version, (), "version", "") if lies else None
    found = _NAME.match(text.strip())
    if found is None:
        return None
    name, channel, rest = found["name"].lower(), (found["channel"] or "").rstrip(":"), found["rest"].strip()
    keyed = _KEYED.search(rest)
    pairs = keyed["pairs"] if keyed else ""
    rest = rest[: keyed.start()].strip() if keyed else rest
    digests = tuple(f"{algorithm}:{digits}" for algorithm, digits in _HASH.findall(pairs))
    if not rest and (inside := _VERSION.search(pairs)):
        rest = inside[1].strip()
    version, verdict, why = _verdict(rest)
    firm = [one for one in digests if len(one) == len("sha256:") + 64 and one.startswith("sha256:")]
    if firm:
        verdict, why = "digest", ""
    elif any(one.startswith("md5:") and len(one) == 36 for one in digests):
        verdict, why = "weak-digest", "md5 is all that it is checked by"
    elif digests:
        why = f"the {digests[0].partition(':')[0]} hash has not the length of one, so no file can match it"
    return Specification(name, channel, version, digests, verdict, why)


def _verdict(text: str) -> tuple[str, str, str]:
    """(version, verdict, why) of what follows a name: `==1.2`, `1.2`, `=1.2=b`, `1.2 b` are one, `=1.2` and `1.2.*` many."""
    if not text or text == "*":
        return "", "floating", "no version is asked for, so every solution takes the newest that fits"
    if re.match(r"=[^=]", text) and _EXACT.match(text[1:]):
        return text[1:], "version", ""
    if _EXACT.match(text):
        return text, "version", ""
    if re.fullmatch(r"(?:==\s*)?[0-9A-Za-z][\w.!+]*", text):
        return text.lstrip("= "), "version", ""
    return text, "range", "several versions satisfy it, so environments may differ"


def package(address: str) -> Package | None:
    """The package that lies at an address, `CHANNEL/NAME-VERSION-BUILD.conda`; None for another address."""
    folder, _, file = address.partition("#")[0].partition("?")[0].rpartition("/")
    ending = next((one for one in _ENDINGS if file.endswith(one)), "")
    parts = file.removesuffix(ending).rsplit("-", 2)
    if not ending or len(parts) != 3 or not parts[0]:
        return None
    return Package(folder.rpartition("/")[0], parts[0].lower(), parts[1])


def purl(name: str, version: str) -> str:
    """`pkg:conda/NAME@VERSION`."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("conda", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in which * may stand for anything, as conda compares it; () for what is no name."""
    return (text.lower(),) if re.fullmatch(r"[\w.*-]+", text) else ()

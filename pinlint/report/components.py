"""What bills of materials list: each thing that is asked for once, with every place that asks for it.

Knows rows of the inventory; must not know a notation.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.report.escapes import in_unicode, logged_out

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Component", "components", "created", "hashes"]

_HEX = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 96: "SHA-384", 128: "SHA-512"}
_NAMED = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


_Key = tuple[str, str, str, str, tuple[str, ...], str, str]


class Component(NamedTuple):
    """A thing that is asked for: `places` are (path, line, column), `pin` is the verdict, as in the inventory."""

    kind: str
    name: str
    version: str
    purl: str
    digests: tuple[str, ...]
    pin: str
    settled_by: str
    roles: tuple[str, ...]
    places: tuple[tuple[str, int, int], ...]


def components(rows: Iterable[dict[str, Any]]) -> list[Component]:
    """What the rows ask for from outside, by kind, name and version; what lies in the repository is none of it."""
    found: dict[_Key, tuple[dict[str, None], list[tuple[str, int, int]]]] = {}
    for row in rows:
        if row["pin"] == "local":
            continue
        text = {key: in_unicode(logged_out(value)) for key, value in row.items() if isinstance(value, str)}
        digests = tuple(in_unicode(logged_out(one)) for one in row["digests"])
        key = (text["kind"], text["name"], text["version"], text["purl"], digests, text["pin"], text["settled_by"])
        roles, places = found.setdefault(key, ({}, []))
        roles[text["role"]] = None
        places.append((text["path"], row["line"], row["column"]))
    return [Component(*key, tuple(roles), tuple(places)) for key, (roles, places) in sorted(found.items())]


def hashes(digests: Iterable[str]) -> list[tuple[str, str]]:
    """(algorithm, lower-case hexadecimal) of each digest that is a hash of bytes, once. A commit is none."""
    found: dict[tuple[str, str], None] = {}
    for digest in digests:
        for part in digest.split():
            if one := _hash(part.partition("?")[0]):
                found[one] = None
    return list(found)


def _hash(text: str) -> tuple[str, str] | None:
    match = re.fullmatch(r"(md5|sha1|sha256|sha384|sha512)[:=-](.+)", text)
    if not match:
        return None
    algorithm, value = _NAMED[match[1]], match[2]
    if re.fullmatch(r"[0-9a-fA-F]+", value) and _HEX.get(len(value)) == algorithm:
        return algorithm, value.lower()
    try:
        value = base64.b64decode(value, validate=True).hex()
    except (binascii.Error, ValueError):
        return None
    return (algorithm, value) if _HEX.get(len(value)) == algorithm else None


def created() -> float:
    """When a document says that it was made, in seconds since 1970: SOURCE_DATE_EPOCH, where that is set, so that the same tree
    gives the same document; else now."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    return float(said) if re.fullmatch(r"\d{1,11}", said) else time.time()

"""A member beside others: the `integrity` of an entry in an npm lock, where npm itself would write it.

Knows the text of JSON objects and that locks of version 2 hold every entry twice; must not know what an integrity means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pinlint.model import KeyPath, Place, Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.syntax.json import load, locate
from pinlint.text import Document

__all__ = ["mirrors", "sibling"]

_MODULES = "node_modules/"
#: npm writes these before the integrity, in this order. Source: @npmcli/arborist, shrinkwrap.js, `swKeyOrder`.
_BEFORE = ("resolved", "version", "name")
_SPACE_BEFORE = re.compile(r"[ \t\r\n]*\Z")
_SPACE_AFTER = re.compile(r"[ \t\r\n]*,([ \t\r\n]*)")


def sibling(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The integrity in the object at `site`: in place of the one there, else after the members that npm writes before it, with the
    spaces, colon and line ends that the object already has."""
    text = document.text[site.start : site.end]
    value = json.dumps(pin.digests[0])
    asked = [KeyPath((key,), part) for key in ("integrity", *_BEFORE) for part in ("key", "value")]
    found = locate(text, asked)
    if old := found.get(KeyPath(("integrity",), "value")):
        return [Edit(Span(site.start + old.start, site.start + old.end), value)]
    for key in _BEFORE:
        if at := found.get(KeyPath((key,), "value")):
            name = found[KeyPath((key,), "key")]
            after, before = _SPACE_AFTER.match(text, at.end), _SPACE_BEFORE.search(text[: name.start])
            space = after[1] if after else before[0] if before else ""
            place = site.start + at.end
            return [Edit(Span(place, place), f',{space}"integrity"{text[name.end : at.start]}{value}')]
    return NoPin("the entry has no member beside which npm would write the integrity")


def mirrors(references: Iterable[Reference], document: Document) -> dict[Place, tuple[Place, ...]]:
    """The entries of `dependencies` that say the same as those of `packages` in a lock of version 2, by the place of the latter.

    npm 6 and older read only the former, npm 7 and newer only the latter.
    """
    sites = [one.site for one in references if isinstance(one.site, KeyPath) and one.site.keys[0] == "packages"]
    lock = load(document.text) if sites else None
    if not isinstance(lock, dict) or not isinstance(lock.get("dependencies"), dict):
        return {}
    packages: dict[str, Any] = lock["packages"]
    linked = {
        str(entry.get("resolved")): key.removeprefix(_MODULES)
        for key, entry in packages.items()
        if isinstance(entry, dict) and entry.get("link") and key.startswith(_MODULES)
    }
    found: dict[Place, tuple[Place, ...]] = {}
    for site in sites:
        key = str(site.keys[1])
        keys = _mirror(key, linked)
        entry: object = lock
        for part in keys:
            entry = entry.get(part) if isinstance(entry, dict) else None
        if isinstance(entry, dict) and keys and _same(packages[key], entry):
            found[site] = (KeyPath(keys, "value"),)
    return found


def _mirror(key: str, linked: dict[str, str]) -> tuple[str, ...]:
    """Where npm 6 keeps the entry that npm 7 keeps at `key`: nested instead of joined, a workspace's below the name of its link."""
    folder, *names = ("/" + key).split("/" + _MODULES)
    above = [linked[folder.strip("/")]] if folder.strip("/") in linked else []
    if folder and not above:
        return ()
    return tuple(part for name in (*above, *names) for part in ("dependencies", name))


def _same(entry: dict[str, Any], mirror: dict[str, Any]) -> bool:
    versions = (entry.get("version"), f"npm:{entry.get('name')}@{entry.get('version')}")
    same = all((entry.get(key) or "") == (mirror.get(key) or "") for key in ("resolved", "integrity"))
    return same and mirror.get("version") in versions

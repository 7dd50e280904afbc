"""A place in the values of a chart where users may put another image: what stands there, and what it is with their values over it.

Knows shapes of images in values; must not know charts or whoever uses them.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from pinlint.model import Reference
from pinlint.semantics.chart_data import UNTOLD, texts
from pinlint.semantics.chart_values import images
from pinlint.syntax.yaml import documents
from pinlint.text import Document

__all__ = ["Slot", "blurred", "entries_of", "filled", "is_whole", "judged", "keys_of"]

_BLOCK = re.compile(
    r"(?i)registry|hub|org|repository|repo|image|name|tag|imagetag|version|imageversion|digest|sha|sha256"
    r"|tag_?suffix|tag_?prefix|variant"
)
_PART = re.compile(r"(?i)_?(?:tag|version|digest|sha|repository|repo|name)\Z")
_DECIDES = re.compile(r"(?i).*(?:repository|repo|image|name|tag|version|digest|sha|sha256)\Z")
_TAG = re.compile(r"(?i)(?:tag|version)\Z")
_UNTOLD = "{{untold}}"


class Slot(NamedTuple):
    """Where in the values an image stands: the path of the mapping, the key that is told of, the texts there that make it up. Where
    nothing stands at the key `fill` templates write `version`."""

    path: tuple[str, ...]
    key: str
    entries: dict[str, object]
    fill: str = ""
    version: str = ""


def entries_of(mapping: object, key: str) -> dict[str, object]:
    """The texts of a mapping that make up the image of which the one at `key` is a part."""
    if isinstance(mapping, list):
        number = int(key[1:-1]) if re.fullmatch(r"\[\d+\]", key) else -1
        return texts({key: mapping[number]}) if 0 <= number < len(mapping) else {}
    told = texts(mapping)
    if _BLOCK.fullmatch(key):
        return {name: value for name, value in told.items() if _BLOCK.fullmatch(name)}
    stem = _PART.sub("", key).lower()
    return {name: value for name, value in told.items() if name.lower().startswith(stem)}


def is_whole(slot: Slot) -> bool:
    """Whether a place holds all of an image in one text, so that none is left without it."""
    return len(slot.entries) == 1 and not _PART.search(slot.key)


def blurred(reference: Reference, entries: dict[str, object]) -> Reference:
    """An image of which a part cannot be told; its digest stays where it is not in that part."""
    if any(one.rpartition(":")[2] in str(value) for one in reference.digests for value in entries.values()):
        return reference
    return reference._replace(verdict="unknown", digests=())


def keys_of(entries: dict[str, object]) -> set[str]:
    """Those of the texts that say which image it is."""
    return {key for key in entries if _DECIDES.fullmatch(key)}


def filled(reference: Reference, entries: dict[str, object]) -> tuple[str, str]:
    """(the key that templates fill where it is empty, with what); ("", "") where nothing is filled in."""
    version = reference.version.partition("@")[0]
    written = [str(value) for value in entries.values()]
    if (
        not version
        or ":" in version
        or reference.verdict == "unknown"
        or any(one.partition("@")[0] == version or f":{version}" in one for one in written)
    ):
        return "", ""
    return next((name for name in entries if _TAG.search(name)), "tag"), version


def judged(slot: Slot, given: dict[str, object], everywhere: dict[str, object]) -> list[Reference]:
    """The images that a place means with `given` over what stands there, and `everywhere` what holds for all images."""
    entries = {**slot.entries, **given}
    if slot.fill and not entries.get(slot.fill):
        entries[slot.fill] = slot.version
    return _read(slot, entries, everywhere)


def _read(slot: Slot, entries: dict[str, object], everywhere: dict[str, object]) -> list[Reference]:
    told: object = {key: _UNTOLD if value is UNTOLD else value for key, value in entries.items() if value is not None}
    if re.fullmatch(r"\[\d+\]", slot.key):
        told = list(told.values()) if isinstance(told, dict) else told
    for key in reversed(slot.path):
        told = [told] if re.fullmatch(r"\[\d+\]", key) else {key: told}
    if isinstance(told, dict):
        image = everywhere.get("image")
        shared = {"imageRegistry": everywhere.get("imageRegistry"), "image": image if isinstance(image, dict) else None}
        known = {key: value for key, value in shared.items() if value and value is not UNTOLD}
        told = {"global": known, **told} if known and "global" not in told else told
    document = Document("values.yaml", json.dumps(told, default=str).encode())
    return [one for root in documents(document.text)[:1] for one in images(root, document)]

"""The JSON Schema of a configuration, which editors complete and check `pinlint.toml` by; made of the table that the reader uses.

Knows JSON Schema (draft 7, which every editor reads); must not know files.
"""

from __future__ import annotations

from typing import Any

from pinlint import keys
from pinlint.config import COMMAND, SETTINGS
from pinlint.ecosystems import ECOSYSTEMS, LEVELS
from pinlint.rulebook import codes, page

__all__ = ["schema"]

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
#: `3d`, `1 week 2 days`, `P3D` (see `cooldown.seconds`).
_UNIT = r"(?:[smhdwSMHDW]|(?:[Ss]ec(?:ond)?|[Mm]in(?:ute)?|[Hh](?:ou)?r|[Dd]ay|[Ww]eek)s?)"
_ISO = r"[Pp](?=[\dT])(?:\d{1,9}[Ww])?(?:\d{1,9}[Dd])?(?:[Tt](?=\d)(?:\d{1,9}[Hh])?(?:\d{1,9}[Mm])?(?:\d{1,9}[Ss])?)?"
_AGE = rf"^\s*(?:0|(?:\d{{1,9}}\s*{_UNIT}\s*)+|{_ISO})\s*$"


def schema() -> dict[str, Any]:
    """The schema of `pinlint.toml`; of `pyproject.toml` it is that of `tool.pinlint`."""
    found = _table({key: {**_shape(shape), "description": about} for key, (shape, about) in keys.KEYS.items()})
    for name, some in SETTINGS.items():
        found["properties"][name] = _table(dict.fromkeys(some, _TEXTS))
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "pinlint", **found, "definitions": {"rule": _rule()}}


def _table(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _shape(word: str) -> dict[str, Any]:
    """What a word of the table of keys stands for."""
    rule = {"$ref": "#/definitions/rule"}
    words = {
        "fail-on": keys.FAIL_ON,
        "tag-moved": keys.TAG_MOVED,
        "unchecked": ("fail", "note", ""),
        "covers": ("index", "platforms", ""),
    }
    if word in words:
        return {"enum": list(words[word])}
    return {
        "text": _TEXT,
        "some text": {"type": "string", "minLength": 1},
        "texts": _TEXTS,
        "some texts": {**_TEXTS, "minItems": 1},
        "text or texts": {"anyOf": [_TEXT, _TEXTS]},
        "texts by key": {"type": "object"},
        "switch": {"type": "boolean"},
        "age": {"type": "string", "pattern": _AGE},
        "date": {"type": "string", "pattern": r"^(?:\d{4}-\d\d-\d\d)?$"},
        "rule": {"anyOf": [rule, {"const": ""}]},
        "rules": {"type": "array", "items": rule},
        "severities": {"type": "object", "propertyNames": rule, "additionalProperties": {"enum": list(keys.SEVERITIES)}},
        "hosts": _table(dict.fromkeys(ECOSYSTEMS, _TEXTS)),
    }.get(word) or _entries(word)


def _entries(word: str) -> dict[str, Any]:
    """Tables inside a configuration, and lists of them."""
    if word == "levels":
        return _levels()
    if word == "verify":
        return _table({key: _shape(shape) for key, shape in keys.VERIFY.items()})
    tables = {
        "ignores": keys.IGNORES, "overrides": keys.OVERRIDES, "signatures": keys.SIGNATURES, "provenance": keys.PROVENANCE,
        "signers": keys.SIGNERS,
    }  # fmt: skip
    required = {"overrides": ("paths",), "signatures": ("pattern",), "provenance": ("pattern",)}.get(word, ())
    entry = _table({key: _shape(shape) for key, shape in tables[word].items()}, *required)
    if word == "ignores":  # one that names a rule alone, or nothing, would be about everything
        some = [{"required": [key], "properties": {key: {"minLength": 1}}} for key in ("path", "artifact", "reason", "rule")]
        entry["anyOf"] = [*some[:2], {"allOf": some[2:]}]
    return {"type": "array", "items": entry}


def _levels() -> dict[str, Any]:
    """What `require` may say of each kind, of names of it, and of commands that ask for it."""
    properties: dict[str, Any] = {f"{COMMAND}*": {"enum": list(LEVELS)}}
    patterns: dict[str, Any] = {}
    for kind, one in ECOSYSTEMS.items():
        possible = {"enum": list(LEVELS[: LEVELS.index(one.firmest) + 1])}
        properties[kind] = possible
        patterns[f"^{kind}:."] = possible
        if one.command:
            properties[f"{COMMAND}{kind}"] = possible
    return {"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False}


def _rule() -> dict[str, Any]:
    """A rule: its code or name for who chooses from a list, and every prefix and spelling that the reader takes."""
    told = [*codes(), *(page(code).name for code in codes()), "ALL"]
    beginnings = sorted({code[:length] for code in codes() for length in range(1, len(code))})
    spelled = "|".join("".join(_either(letter) for letter in word) for word in (*told, *beginnings))
    off = ", ".join(code for code in codes() if page(code).default == "off")
    about = "a code, the beginning of codes, a name, or ALL" + (
        f"; off by default, so that it has to be selected: {off}" if off else ""
    )
    return {"description": about, "anyOf": [{"enum": told}, {"type": "string", "pattern": f"^(?:{spelled})$"}]}


def _either(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter

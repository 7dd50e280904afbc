"""Gradle's grammar of versions: which ones follow new releases. Coordinates are Maven's.

Must not know files. Source: the Gradle user guide (declaring versions, dynamic and changing versions).
"""

import re

__all__ = ["coordinates", "plugin_artifact", "verdict"]

_coordinates = re.compile(r"([A-Za-z][\w.-]*):([A-Za-z][\w.-]*):([^:@\s/\\]+)(?::[\w.-]+)?(?:@\w+)?").fullmatch
_versionlike = re.compile(r"v?\d|[\[(\]+$]|latest\.").match
_interval = re.compile(r"[\[(\]]\s*([^,\[\]()]*)\s*(,?)\s*([^,\[\]()]*)\s*[\])\[]").fullmatch
_LONGEST = 300


def coordinates(text: str) -> tuple[str, str] | None:
    """(`group:artifact`, version) of a dependency in one text; None for what is none."""
    found = _coordinates(text) if len(text) <= _LONGEST else None
    return (f"{found[1]}:{found[2]}", found[3]) if found and _versionlike(found[3]) else None


def verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of a version. `!!` makes it strict and no firmer."""
    version = text.strip().removesuffix("!!")
    if not version:
        return "unknown", "its version is managed elsewhere: by a platform, a catalogue or the settings"
    if "$" in version or len(version) > _LONGEST:
        return "unknown", "a variable of the build says which version"
    if version == "+" or version.startswith("latest."):
        return "floating", "the newest version there is"
    if version.endswith("+"):
        return "range", "a plus takes the newest version that begins so"
    if version[0] in "[(]":
        found = _interval(version)
        if not found:
            return "unknown", "Gradle takes it for no version"
        exact = (
            version[0] == "[" and version[-1] == "]" and found[1].strip() and (not found[2] or found[1].strip() == found[3].strip())
        )
        return ("version", "") if exact else ("range", "Gradle takes the newest version that fits")
    if version.endswith("-SNAPSHOT"):
        return "floating", "a SNAPSHOT is whatever was deployed last"
    return "version", ""


def plugin_artifact(name: str) -> str:
    """The artifact that the id of a plugin leads to."""
    return f"{name}:{name}.gradle.plugin"

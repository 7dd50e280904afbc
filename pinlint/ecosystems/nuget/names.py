"""NuGet's grammar: what a version range asks for, how a lock writes it, and what a content hash is worth.

Must not know files. Source: the NuGet documentation (package versioning, locking dependencies), and NuGet.Client, VersionRange.
"""

import re

__all__ = ["LOWEST", "alike", "hash_verdict", "normalised", "purl", "requested", "version_verdict"]

_NUMBERS = r"\d{1,10}(?:\.\d{1,10}){0,3}"
_version = re.compile(rf"({_NUMBERS})(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?").fullmatch
_floating = re.compile(r"(?:\d+\.){0,3}\*(?:-[0-9A-Za-z.-]*\*?)?|\d+(?:\.\d+){0,3}-[0-9A-Za-z.-]*\*").fullmatch
_interval = re.compile(r"([\[(])\s*([^,\[\]()]*?)\s*(?:(,)\s*([^,\[\]()]*?)\s*)?([\])])").fullmatch
_hash = re.compile(r"[A-Za-z0-9+/]{85}[AQgw]==").fullmatch
_LONGEST = 200
#: What settles every range without a star.
LOWEST = "NuGet, which takes the lowest version that fits"


def normalised(version: str) -> str:
    """A version as NuGet compares and writes it: three numbers at least, no zero as the fourth, no build metadata; "" for none."""
    found = _version(version.strip())
    if not found:
        return ""
    numbers = [str(int(part)) for part in found[1].split(".")]
    numbers += ["0"] * (3 - len(numbers))
    return ".".join(numbers[:3] if numbers[3:] == ["0"] else numbers) + (found[2] or "").lower()


def version_verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of what stands in the place of a version."""
    text = text.strip()
    if len(text) > _LONGEST:
        return "unknown", f"it is longer than {_LONGEST} characters"
    if normalised(text):
        return "version", ""
    if ";" in text:  # a PackageDownload may name several
        judged = [version_verdict(part) for part in text.split(";") if part.strip()]
        return next((one for one in judged if one[0] != "version"), ("version", ""))
    if text in ("*", "*-*"):
        return "floating", "any version will do, so the newest one comes"
    if _floating(text):
        return "range", "a star takes the newest version that fits"
    found = _interval(text)
    if not found or not (found[2] or found[4]):
        return "unknown", "NuGet takes it for no version"
    if not found[3]:
        exact = found[1] == "[" and found[5] == "]" and normalised(found[2])
        return ("version", "") if exact else ("unknown", "NuGet takes it for no version")
    if "*" in text:
        return "range", "a star takes the newest version that fits"
    if all(not part or normalised(part) for part in (found[2], found[4] or "")):
        return "range", ""
    return "unknown", "NuGet takes it for no version"


def requested(text: str) -> str:
    """How `packages.lock.json` writes what is asked for; "" where that is not certain."""
    text = text.strip()
    if plain := normalised(text):
        return f"[{plain}, )"
    found = _interval(text)
    if not found or "*" in text:
        return ""
    low, high = normalised(found[2]), normalised(found[4] or "")
    if not found[3]:
        return f"[{low}, {low}]" if low else ""
    if bool(found[2]) != bool(low) or bool(found[4]) != bool(high):
        return ""
    return f"{found[1]}{low}, {high}{found[5]}"


def hash_verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of the `contentHash` of a lock."""
    if not text:
        return "version", "no contentHash, so nothing says which bytes it is"
    return (
        ("digest", "") if _hash(text) else ("version", "its contentHash is no SHA-512 in base64, so no package can ever match it")
    )


def purl(name: str, version: str) -> str:
    """`pkg:nuget/NAME@VERSION`. Source: purl-spec, type nuget."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("nuget", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in lower case: NuGet does not tell the case of names. () for what has a version."""
    return (text.lower(),) if text and ":" not in text and "/" not in text else ()

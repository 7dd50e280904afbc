"""Tools that a project names to be run with: package managers, as `packageManager` of package.json does.

Must not know any file format. Source: nodejs/corepack, sources/specUtils.ts.
"""

from __future__ import annotations

import re

__all__ = ["alike", "manager", "purl"]

_EXACT = r"\d{1,15}\.\d{1,15}\.\d{1,15}(?:-[\w.-]+)?"
_HASH = r"([a-z0-9]+)\.([0-9a-f]+)"
_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
#: What the registry of npm calls a package manager, from a version of its own on.
_PACKAGES = ("npm", "pnpm", "yarn", "bun", "deno")


def manager(text: str) -> tuple[str, str, tuple[str, ...], str, str]:
    """(name, version, digests, verdict, why) of `name@version+sha512.hex`, as corepack takes it."""
    name, _, rest = text.partition("@")
    version, _, digest = rest.partition("+")
    digests = (digest,) if digest else ()
    if not re.fullmatch(_EXACT, version):
        if not re.match(r"[\d^~<>=*vx]", version):
            return name, version, digests, "floating", "it names no version, and corepack takes nothing else"
        return name, version, digests, "range", "it is a range, and corepack takes only one version"
    if not digest:
        return name, version, (), "version", ""
    found = re.fullmatch(_HASH, digest)
    if not found or len(found[2]) != _DIGITS.get(found[1], 0):
        return name, version, digests, "version", "what stands behind + is no hash that corepack could compare"
    if found[1] in ("md5", "sha1"):
        return name, version, digests, "weak-digest", f"the hash is no stronger than {found[1]}"
    return name, version, digests, "digest", ""


def purl(name: str, version: str) -> str:
    """The package URL: of a package manager the one of the npm package that it is."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("npm" if name in _PACKAGES else "generic", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy."""
    return (text,) if text else ()

"""Tools that a project names to be run with: package managers, as `packageManager` of package.json does, and what mise and asdf
install.

Must not know any file format. Source: nodejs/corepack, sources/specUtils.ts; jdx/mise, src/toolset/tool_request.rs.
"""

from __future__ import annotations

import re

__all__ = ["LINE", "TOOL", "alike", "asked", "manager", "named", "purl"]

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


#: Roles of a tool: a line of releases is a choice (`22`, `lts`), to have whatever is newest is none.
TOOL, LINE = "tool", "tool of a release line"
_SAME = {"golang": "go", "nodejs": "node"}
_FULL = re.compile(
    r"(?:[\w+-]*?[-_])?v?\d+(?:[._]\d+){2,}.*|[\w.]*\d{4}[-.]\d{1,2}.*|.*[-_][0-9a-f]{7,40}|\d+(?:\.\d+)*[-+_][\w.+-]+"
)
_LINE_OF = re.compile(r"(?:[a-z][\w+]*-)?v?\d+(?:\.\d+)?|prefix:.+|lts.*|stable|nightly|beta|canary|sub-.+")
_BACKENDS = {"npm": "npm", "pipx": "pypi", "cargo": "cargo", "gem": "gem", "go": "golang"}
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LONGEST = 200


def named(text: str) -> str:
    """The name of a tool without its options, as mise has it."""
    name = text.partition("[")[0]
    return _SAME.get(name, name)


def asked(text: str) -> tuple[str, tuple[str, ...], str, str]:
    """(verdict, digests, role, why) of a version as mise and asdf take it."""
    if text.startswith("path:") or text == "system":
        return "local", (), TOOL, "it is on this machine"
    if "{{" in text or "$" in text:
        return "unknown", (), TOOL, "a template or variable says its version"
    kind, mark, ref = text.partition(":")
    if mark and kind in ("ref", "rev", "tag", "branch"):
        if kind != "branch" and _COMMIT.fullmatch(ref):
            return "digest", (ref,), TOOL, ""
        return (
            ("tag", (), TOOL, "a tag can be moved") if kind == "tag" else ("floating", (), TOOL, "a branch moves with every push")
        )
    if len(text) > _LONGEST:
        return "unknown", (), TOOL, "only its tool knows what this version is"
    if text in ("latest", "*", ""):
        return "floating", (), TOOL, "every install takes the newest one"
    if _LINE_OF.fullmatch(text):
        return "range", (), LINE, "the newest one of a line of releases is taken"
    return ("version", (), TOOL, "") if _FULL.fullmatch(text) else ("unknown", (), TOOL, "only its tool knows what this version is")


def purl(name: str, version: str) -> str:
    """The package URL: of a package manager the one of the npm package that it is."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    backend, _, package = name.partition(":")
    if package and backend in _BACKENDS:
        return package_url(_BACKENDS[backend], package, version)
    return package_url("npm" if name in _PACKAGES else "generic", name.rpartition(":")[2], version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy."""
    return (text,) if text else ()

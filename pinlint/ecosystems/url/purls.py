"""Package URLs in their one canonical form.

Knows how each part is written; must not know what any kind's names mean. Source: package-url/purl-spec, specification.md.
"""

import re

__all__ = ["package_url"]


def package_url(type_: str, path: str, version: str = "", subpath: str = "", **qualifiers: str) -> str:
    """`pkg:TYPE/NAMESPACE/NAME@VERSION?KEY=VALUE#SUBPATH`; empty parts are left out. `path` is namespace and name, with slashes
    between their segments. "" without a name: what has none has no package URL."""
    segments = [segment for segment in path.split("/") if segment]
    if not segments:
        return ""
    pairs = "&".join(f"{key}={_encoded(qualifiers[key])}" for key in sorted(qualifiers) if qualifiers[key])
    inside = "/".join(_encoded(segment) for segment in subpath.split("/") if segment not in ("", ".", ".."))
    at = f"@{_encoded(version)}" if version else ""
    return f"pkg:{type_}/{'/'.join(map(_encoded, segments))}{at}{f'?{pairs}' if pairs else ''}{f'#{inside}' if inside else ''}"


def _encoded(text: str) -> str:
    return re.sub(
        r"[^A-Za-z0-9.:_~-]+", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), text
    )

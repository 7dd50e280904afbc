"""Comments by which a tool knows the values that it writes: where one stands at the value, the value is the tool's."""

from __future__ import annotations

import re

from pinlint.fix.consumers import index
from pinlint.fix.consumers.site import Objection, Site

__all__ = ["marked"]

_FLUX = (
    "Flux's image automation writes this place ($imagepolicy) and would drop the digest; "
    "`digestReflectionPolicy` makes it write one"
)
_KPT = "a setter of kpt writes this place, and takes what stands there for its value; give the setter the digest"
_RELEASE = "release-please writes the version that stands here, and would leave the digest of the last one behind it"
#: What a comment holds → why nothing is written there.
_MARKERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\$imagepolicy"), _FLUX),
    (re.compile(r"kpt-set:|\$kpt-set|\"\$openapi\"|\"\$ref\":\s?\"#/definitions/io\.k8s\.cli"), _KPT),
    (re.compile(r"x-release-please-(?:version|major|minor|patch)\b|x-version-update:"), _RELEASE),
    (re.compile(r"\bbump-?ver(?:sion)?:|\bupdatecli:"), "a version bumper writes this place, and would leave the digest behind it"),
)
_BLOCK = re.compile(r"(x-release-please|x-version-update)-(start|end)")
_BLOCK_LINES = 4000  # characters above a place in which a block may begin
_RENOVATE = re.compile(r"#\s*renovate:\s*(?:\w+=|datasource|depName)")


def marked(site: Site) -> Objection | None:
    """An objection where a comment at the value, or in the mapping that would take a digest beside it, says who writes it."""
    beside = site.beside if site.reference.notation not in ("image", "action", "image-argument") else [site.shown]
    for line in beside:
        comment = line.partition("#")[2]
        if why := next((why for pattern, why in _MARKERS if comment and pattern.search(comment)), ""):
            return Objection(why)
    above = site.document.text[max(0, site.line[0] - _BLOCK_LINES) : site.line[0]]
    blocks = _BLOCK.findall(above)
    if blocks and blocks[-1][1] == "start":
        return Objection(_RELEASE)
    return _renovate(site)


def _renovate(site: Site) -> Objection | None:
    """An objection where a `# renovate:` comment gives the value to a custom manager that knows no digest."""
    if site.reference.notation in ("action", "git-frozen") or not _RENOVATE.search(site.above()):
        return None
    config = index.of(site.tree)
    if not config.renovate or config.renovate_knows_digests:
        return None
    return Objection(
        f"the comment above it gives it to a custom manager of Renovate, and {config.renovate} has no `currentDigest`: the version "
        "would be read together with the digest; add that group to its pattern"
    )

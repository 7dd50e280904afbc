"""An argument of `pip install` as other tools' files hold it: one text that is a requirement, without options or hashes.

Knows what pip makes of it; must not know which file it stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi import names
from pinlint.model import Artifact, Reference

if TYPE_CHECKING:
    from pinlint.model import Span

__all__ = ["requirement"]


def requirement(text: str, span: Span, role: str) -> Reference:
    """The reference of an argument that is written at `span`."""
    try:
        asked = names.parse_line(text)
    except names.InvalidRequirement as error:
        return Reference(Artifact("pypi", text), "", (), "unknown", span, role, f"pip takes it for no requirement: {error}")
    if asked.path or asked.url.startswith("file:"):
        return Reference(Artifact("pypi", asked.name or text), "", (), "local", span, role, "it lies in this repository")
    if "+" in asked.url.partition("://")[0]:
        from pinlint.ecosystems.pypi.revisions import repository, revision_verdict  # few requirements have one

        found = repository(asked.url)
        verdict, digests, why = revision_verdict(found.revision)
        return Reference(Artifact("git", found.repository), found.revision, digests, verdict, span, role, why)
    if asked.url:
        digest, verdict, why = names.url_hash(asked.url)
        digests = (digest,) if digest else ()
        return Reference(Artifact("url", names.without_secrets(asked.url)), "", digests, verdict, span, role, why)
    verdict, why = names.specifier_verdict(asked.specifiers)
    written = asked.specifiers[0].version if verdict == "version" else ",".join(f"{one[0]}{one[1]}" for one in asked.specifiers)
    return Reference(Artifact("pypi", names.normalise(asked.name)), written, (), verdict, span, role, why)

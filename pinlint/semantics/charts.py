"""Charts as YAML files ask for them outside of charts: a name, a repository and a version in scalars of their own.

Knows scalars and chart versions; must not know which key of which file means a chart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.helm import names
from pinlint.model import Artifact, Reference
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from pinlint.model import Span
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["chart"]


def chart(
    name: str, repository: str, version: Node | None, document: Document, otherwise: Span, role: str, unknown: str = "",
    *, beside: bool = False,
) -> Reference:  # fmt: skip
    """The reference of the chart `name` at the version that a scalar holds; of one without a version at `otherwise`.

    An exact version can be written where the scalar says what Helm reads. `unknown` is why the version cannot be told although one
    is written, "" where it can; `beside` whether a key `version` may be written beside what stands at `otherwise`.
    """
    artifact = Artifact("helm", name, names.public_source(repository))
    if version is None or version.kind != "scalar" or version.is_null or not version.value.strip():
        found = Reference(artifact, "", (), "floating", otherwise, role, "it asks for no version, so the newest one comes")
        return found._replace(site=otherwise, notation="version-key") if beside and version is None else found
    text = go_text(version) or version.value
    if unknown or not literal(version):
        written = document.text[version.inner.start : version.inner.end]
        return Reference(artifact, written, (), "unknown", version.inner, role, unknown or "a template fills it in")
    verdict = names.classify(text.strip())
    if not verdict:
        why = f"{text[:80]!r} is no version and no range that Helm understands"
        return Reference(artifact, version.value, (), "unknown", version.inner, role, why)
    why = "any version will do, so the newest one comes" if verdict == "floating" else ""
    if verdict == "range" and text != version.value:
        why = f"YAML reads the unquoted number as {text}, which is a range"
    found = Reference(artifact, version.value, (), verdict, version.inner, role, why)
    if document.text[version.inner.start : version.inner.end] == text:
        return found._replace(site=version.inner, notation="chart-version")
    return found

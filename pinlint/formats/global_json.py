"""global.json of .NET: the SDKs of MSBuild that come as packages. The SDK itself is installed, not restored, and no package.

Other programs have a file of that name; without `sdk` or `msbuild-sdks` it is none of .NET's.
Source: learn.microsoft.com, global.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.nuget.names import LOWEST, version_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.jsonc import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every SDK that comes as a package."""
    root = read(document)
    if root.get("sdk") is None and root.get("msbuild-sdks") is None:
        yield Fact("foreign", Span(0, 0), "no global.json of .NET: it has neither sdk nor msbuild-sdks")
        return
    listed = root.get("msbuild-sdks")
    for key, value in listed.pairs if listed is not None and listed.kind == "mapping" else ():
        if key.kind == value.kind == "scalar" and key.value:
            verdict, why = version_verdict(value.value)
            settled = LOWEST if verdict == "range" and not why else ""
            yield Reference(Artifact("nuget", key.value), value.value, (), verdict, value.inner, "SDK package", why, settled)

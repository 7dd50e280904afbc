"""The inventory as an SPDX document, version 2.3, JSON.

What is asked for is a package with its purl and checksums. Written by spdx-tools, an extra.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from uuid import NAMESPACE_URL, uuid5

from pinlint import __version__
from pinlint.report.components import Component, components, created, hashes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spdx_tools.spdx.model import Package

__all__ = ["write"]


def write(rows: Iterable[dict[str, Any]], out: TextIO) -> None:
    """The document of what the rows ask for. Raises ImportError without the library."""
    from spdx_tools.spdx.model import Actor, ActorType, CreationInfo, Document, Relationship, RelationshipType
    from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream

    found = components(rows)
    about = CreationInfo(
        spdx_version="SPDX-2.3", spdx_id="SPDXRef-DOCUMENT", name="pinlint",
        document_namespace=uuid5(NAMESPACE_URL, repr(found)).urn.replace("urn:uuid:", "https://pinlint.example/spdx/"),
        creators=[Actor(ActorType.TOOL, f"pinlint-{__version__}")],
        created=datetime.fromtimestamp(created(), UTC).replace(microsecond=0, tzinfo=None),
    )  # fmt: skip
    packages = [_package(one, f"SPDXRef-{number}") for number, one in enumerate(found, 1)]
    described = [Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, one.spdx_id) for one in packages]
    write_document_to_stream(Document(about, packages=packages, relationships=described), out, validate=False)
    out.write("\n")


def _package(one: Component, spdx_id: str) -> Package:
    from spdx_tools.spdx.model import (
        Checksum,
        ChecksumAlgorithm,
        ExternalPackageRef,
        ExternalPackageRefCategory,
        Package,
        SpdxNoAssertion,
    )

    places = "; ".join(f"{path}:{line}" for path, line, _ in one.places)
    settled = f", settled by {one.settled_by}" if one.settled_by else ""
    purl = [ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", one.purl)] if one.purl else []
    return Package(
        spdx_id=spdx_id, name=one.name or one.kind, version=one.version or None, download_location=SpdxNoAssertion(),
        files_analyzed=False, external_references=purl,
        checksums=[Checksum(ChecksumAlgorithm[algorithm.replace("-", "")], value) for algorithm, value in hashes(one.digests)],
        comment=f"pin: {one.pin}{settled}; asked for at {places}",
    )  # fmt: skip

"""The inventory as a CycloneDX bill of materials, version 1.6, JSON.

What is asked for is a component with its purl and hashes; where, is evidence. Written by cyclonedx-python-lib, an extra.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from uuid import NAMESPACE_URL, uuid5

from pinlint import __version__
from pinlint.report.components import Component, components, created, hashes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cyclonedx.model.component import Component as Listed

__all__ = ["write"]


def write(rows: Iterable[dict[str, Any]], out: TextIO) -> None:
    """The bill of what the rows ask for. Raises ImportError without the library."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component as Listed
    from cyclonedx.model.component import ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    found = components(rows)
    listed = [_listed(one, number) for number, one in enumerate(found)]
    bom = Bom(components=listed, serial_number=uuid5(NAMESPACE_URL, repr(found)))
    bom.metadata.timestamp = datetime.fromtimestamp(created(), UTC)
    bom.metadata.tools.components.add(Listed(name="pinlint", version=__version__, type=ComponentType.APPLICATION))
    out.write(JsonV1Dot6(bom).output_as_string(indent=1) + "\n")


def _listed(one: Component, number: int) -> Listed:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component as Listed
    from cyclonedx.model.component import ComponentType
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
    from packageurl import PackageURL

    types = {"image": ComponentType.CONTAINER, "url": ComponentType.FILE}
    said = {"kind": one.kind, "pin": one.pin, "settled-by": one.settled_by, "role": ", ".join(one.roles)}
    return Listed(
        name=one.name or one.kind, version=one.version or None, type=types.get(one.kind, ComponentType.LIBRARY),
        bom_ref=f"{number}-{one.purl or one.name}", purl=PackageURL.from_string(one.purl) if one.purl else None,
        hashes=[HashType(alg=HashAlgorithm(algorithm), content=value) for algorithm, value in hashes(one.digests)],
        evidence=ComponentEvidence(
            occurrences=[Occurrence(location=path, line=line, offset=column - 1) for path, line, column in one.places]
        ),
        properties=[Property(name=f"pinlint:{name}", value=value) for name, value in said.items() if value],
    )  # fmt: skip

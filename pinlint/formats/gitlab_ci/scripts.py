"""The scripts of GitLab jobs: `before_script`, `script` and `after_script`, whose lines one shell reads.

Source: docs.gitlab.com/ci/yaml/#script (lists are flattened), /runner/shells (PowerShell on Windows).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.semantics.scripts import chosen, deployed_to, listed, script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.formats.gitlab_ci.jobs import Pipeline
    from pinlint.text import Document

__all__ = ["scripts"]

_KEYS = ("before_script", "script", "after_script")


def scripts(pipeline: Pipeline, document: Document) -> Iterator[Script]:
    """What the jobs run, each place once however many jobs share it."""
    file = document.path.rpartition("/")[2].partition(".yml")[0].strip(".")
    seen: set[int] = set()
    for name, job in pipeline.holders():
        tags = job.get("tags")
        machine = [one.value for one in tags.elements] if tags is not None else []
        shell = "powershell" if chosen([" ".join(machine)]) == "powershell" else "sh"
        place = Script(
            "", [], shell, "ci", f"job {name}", f"{file} {name}", foreign="gitlab", publishes=job.get("release") is not None
        )
        image = job.get("image")
        image = image.get("name") if image is not None and image.kind == "mapping" else image
        if image is not None and "cosign:" in image.value:
            place = place._replace(uses=f"cosign={image.value.partition('@')[0].rpartition(':')[2]}")
        held = [node for key in _KEYS for node in listed(job.get(key))]
        if not any(id(node) in seen for node in held):  # else only a part of what the job runs is read here
            place = place._replace(environment=deployed_to(job))
        values: Mapping[str, str | None] | None = None
        for node in held:
            if id(node) not in seen:
                seen.add(id(node))
                if values is None and "$" in node.value:
                    values = pipeline.values(job)
                yield script(node, document, place, values)

"""GitLab CI: the images that jobs and their services run in, and the configuration that is included from elsewhere.

Source: docs.gitlab.com/ci/yaml (image, services, default, include, trigger:include), /ci/components, /ci/inputs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.formats.gitlab_ci.includes import inclusion, inclusions, local_paths
from pinlint.formats.gitlab_ci.jobs import Pipeline
from pinlint.model import Fact, Reference, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.images import image, local_image
from pinlint.syntax.yaml import Unparsable, literal, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Script
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["included", "references"]

#: GitLab's proxy in front of Docker Hub: what follows it is an image of Docker Hub.
_PROXY = re.compile(r"\$\{?CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}?/")
_OWN = re.compile(r"\$\{?CI_REGISTRY_IMAGE\b|\$\{?CI_REGISTRY\}?/\$\{?CI_PROJECT_(?:PATH|NAMESPACE)\b")
_OWN_TAG = re.compile(r"[^@]*:[^/@]*\$\{?CI_(?:COMMIT_(?:(?:SHORT_)?SHA|TAG|BRANCH|REF_\w+)|PIPELINE_I?ID)\b")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """The images of jobs and services, then what `include` brings in from elsewhere, then what jobs run."""
    roots = read(document)
    roots = [root for root in roots if root.kind == "mapping"]
    if not roots or any(root.get("apiVersion") is not None and root.get("kind") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no GitLab CI configuration: it has neither jobs nor keywords of one")
        return
    pipeline = Pipeline(document, roots, tree)
    for role, node in pipeline.images():
        found = _image(node, document, role, pipeline)
        if found is not None:
            yield found
    for entry in inclusions(roots):
        yield from inclusion(entry, document, pipeline.fill_text, pipeline.unset)
    if fetches(document.data):
        from pinlint.formats.gitlab_ci.scripts import scripts

        yield from scripts(pipeline, document)
    if tree.wants("unsigned-build") and b"push" in document.data:
        from pinlint.semantics.unsigned_jobs import unsigned_jobs  # nobody wants to hear of it by default

        yield from unsigned_jobs(roots, document, tree)


def included(document: Document, tree: Tree) -> list[str]:
    """The files of the repository that the file includes: their names may be anything."""
    try:
        return local_paths([root for root in read(document) if root.kind == "mapping"], tree)
    except Unparsable:
        return []


def _image(node: Node, document: Document, role: str, pipeline: Pipeline) -> Reference | None:
    """An image as it is written, or as its variables make it."""
    proxy = _PROXY.match(node.value)
    rest = node.value[proxy.end() :] if proxy else node.value
    if "$" not in rest or not literal(node):
        start = node.inner.end - len(rest)
        if proxy and document.text[start : node.inner.end] == rest:
            return image_at(rest, Span(start, node.inner.end), role)
        return image(node, document, role)
    filled = pipeline.fill(node)
    texts = [*filled.texts, *filled.open]
    if all(_OWN.match(text) for text in texts):
        return local_image(node, document, role, "it is kept in the registry of the project itself")
    if all(_OWN_TAG.match(text) for text in texts):
        return local_image(
            node, document, role, "its tag is the commit, its branch or the pipeline, so the project makes it itself"
        )
    return filled_image(node, document, role, filled, pipeline.unset(filled))

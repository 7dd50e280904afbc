"""Kustomizations: bases from elsewhere, the images that they put in, and the charts that they render.

Source: kubectl.docs.kubernetes.io/references/kustomize/kustomization. A digest that the resources give an image is lost where
`images:` sets a tag alone (kustomize api/filters/imagetag): the resources are read to see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Fact, Reference, Span
from pinlint.semantics.charts import chart
from pinlint.semantics.images import image, local_image
from pinlint.semantics.kustomizations import follow, listed, reaching
from pinlint.semantics.kustomize_replaced import put_in
from pinlint.semantics.own_images import builder
from pinlint.semantics.pods import pod_images
from pinlint.semantics.remote_bases import remote
from pinlint.syntax.embedded import embedded
from pinlint.syntax.manifest import objects, text
from pinlint.syntax.yaml import Node, literal, read, select
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Where a kustomization names files and directories, which may lie elsewhere.
_PLACES = (
    ("resources", "*"), ("bases", "*"), ("components", "*"), ("crds", "*"), ("configurations", "*"), ("generators", "*"),
    ("transformers", "*"), ("validators", "*"), ("patchesStrategicMerge", "*"), ("patches", "*", "path"),
    ("patchesJson6902", "*", "path"), ("replacements", "*", "path"), ("openapi", "path"),
)  # fmt: skip
_GROUP = "kustomize.config.k8s.io/"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the kustomization takes from elsewhere, in groups: bases and files, images, charts."""
    roots = read(document)
    versions = [text(root.get("apiVersion")) for root in roots]
    if strange := next((version for version in versions if version and not version.startswith(_GROUP)), ""):
        yield Fact("foreign", Span(0, 0), f"no kustomization: its apiVersion is {strange[:80]}")
        return
    for root in roots:
        yield from _remotes(root, document, tree)
        yield from _images(root, document, tree)
        yield from _patches(root, document, tree)
        yield from _charts(root, document)


def _remotes(root: Node, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    for place in _PLACES:
        for node in select(root, *place):
            if node.kind != "scalar" or not node.value or "\n" in node.value or tree.exists(join(document.path, node.value)):
                continue
            found = remote(node.value, node.inner, "kustomize base")
            if found is None:
                continue
            if found.artifact.kind == "url":
                found = found._replace(role="kustomize file")
            if not literal(node):
                found = found._replace(verdict="unknown", digests=(), why="a template fills it in").unpinnable()
            elif document.text[node.inner.start : node.inner.end] != node.value:
                found = found._replace(span=node.inner).unpinnable()
            elif is_insecure(node.value):
                yield Fact("insecure-transport", node.span, f"{without_credentials(node.value)} is fetched without TLS")
            yield found


def _images(root: Node, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What `images:` and the transformers that are written here put in; a transformer's own file is judged for itself."""
    found = list(listed(document, [root], tree))
    taken = reaching(document.path, tree) if found else []
    for entry, fitting in zip(found, follow(taken, found).fitting, strict=True):
        if entry.refused:
            yield Fact("unreadable-file", entry.at[entry.converted].inner, entry.refused)
        elif entry.path == document.path:
            yield from put_in(entry, fitting, document, tree)


def _patches(root: Node, document: Document, tree: Tree) -> Iterator[Reference]:
    """The images that patches written here put in: objects, or JSON patches (RFC 6902) of a container's image."""
    texts = (*select(root, "patches", "*", "patch"), *select(root, "patchesJson6902", "*", "patch"))
    for node in (*texts, *select(root, "patchesStrategicMerge", "*")):
        for patch in embedded(node, document):
            named = [inner for one in objects([patch]) for inner, _ in pod_images(one.mappings)]
            changes = [change for change in patch.elements if text(change.get("path")).endswith("/image")]
            for inner in (*named, *(value for change in changes if (value := change.get("value")) is not None)):
                found = image(inner, document, "patched image")
                if found is not None and (why := builder(text(inner), document.path, tree)):
                    found = local_image(inner, document, "patched image", why)
                if found is not None:
                    yield found


def _charts(root: Node, document: Document) -> Iterator[Reference | Fact]:
    inflated = select(root, "helmChartInflationGenerator", "*")
    for node, name_key, repo_key, version_key in (
        *((one, "name", "repo", "version") for one in select(root, "helmCharts", "*")),
        *((one, "chartName", "chartRepoUrl", "chartVersion") for one in inflated),
    ):
        name, repository = node.get(name_key), text(node.get(repo_key))
        if name is None or not text(name):
            continue
        beside = literal(name) and version_key == "version"
        found = chart(text(name), repository, node.get(version_key), document, name.inner, "kustomize chart", beside=beside)
        if not repository:
            found = found._replace(verdict="local", why="it names no repository, so Kustomize takes it from the charts kept here")
        elif is_insecure(repository):
            yield Fact(
                "insecure-transport", name.span, f"the chart repository {without_credentials(repository)} is read without TLS"
            )
        yield found

"""Kustomizations: bases from elsewhere, the images that they put in, and the charts that they render.

Source: kubectl.docs.kubernetes.io/references/kustomize/kustomization. A digest that the resources give an image is lost where
`images:` sets a tag alone (kustomize api/filters/imagetag): the resources are read to see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.bases import remote
from pinlint.ecosystems.helm.written import chart
from pinlint.ecosystems.oci.built import builder
from pinlint.ecosystems.oci.kustomizations import Entry, Used, entries, follow, used
from pinlint.ecosystems.oci.names import image_verdict, parse_image
from pinlint.ecosystems.oci.pods import pod_images
from pinlint.ecosystems.oci.written import image, local_image, unknown_image
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
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
_ROLE = "kustomize image"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the kustomization takes from elsewhere, in groups: bases and files, images, charts."""
    roots = read(document)
    versions = [text(root.get("apiVersion")) for root in roots]
    if strange := next((version for version in versions if version and not version.startswith(_GROUP)), ""):
        yield Fact("foreign", Span(0, 0), f"no kustomization: its apiVersion is {strange[:80]}")
        return
    for root in roots:
        yield from _remotes(root, document, tree)
        listed = entries(root)
        taken = used(document.path, tree) if listed else []
        for entry, fitting in zip(listed, follow(taken, listed, document.path).fitting, strict=True):
            yield from _image(entry, fitting, document, tree)
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
                found = found._replace(verdict="unknown", digests=(), why="a template fills it in", site=None, notation="")
            elif document.text[node.inner.start : node.inner.end] != node.value:
                found = found._replace(span=node.inner, site=None, notation="")
            elif is_insecure(node.value):
                yield Fact("insecure-transport", node.span, f"{without_credentials(node.value)} is fetched without TLS")
            yield found


def _image(entry: Entry, fitting: list[tuple[Used, Used]], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What an entry puts in the place of an image, after the digest that it takes away.

    `fitting` are the images that it fits, each before this entry and after all of them.
    """
    if not entry.changes:
        return
    node = next(entry.at[key] for key in ("digest", "newTag", "newName", "name") if key in entry.at)
    name = entry.new_name or entry.name
    if not all(literal(one) for one in entry.at.values()):
        yield unknown_image(node, document, _ROLE, "a template fills it in")._replace(artifact=Artifact("image", name))
        return
    if "$" in f"{name}{entry.new_tag}{entry.digest}":
        why = "a variable of another tool stands in it, which only a deployment fills in"
        yield unknown_image(node, document, _ROLE, why)._replace(artifact=Artifact("image", name))
        return
    tag, digest = entry.new_tag, entry.digest
    if not tag and not digest:
        kept = {(one.tag, one.digest) for one, _ in fitting}
        if len(kept) != 1:
            why = (
                "its tag stays as the resources have it, and they have several"
                if kept
                else "its tag stays as it is in resources that do not lie here"
            )
            yield unknown_image(node, document, _ROLE, why)
            return
        ((tag, digest),) = kept
    elif not digest and "@" not in tag and (pinned := next((one for one, last in fitting if one.digest and not last.digest), None)):
        detail = f"newTag takes the digest away that {pinned.path} gives {entry.name}; write `digest:` beside it"
        yield Fact("erased-digest", node.inner, detail)
    found = _judged(f"{name}{':' if tag else ''}{tag}{'@' if digest else ''}{digest}", node, document, tree)
    if found.site is not None and "digest" in entry.at:
        found = found._replace(notation="image-digest-key")
    elif "newTag" not in entry.at:  # a digest beside newName alone would take the resources' tag away
        found = found._replace(site=None, notation="")
    yield found


def _judged(written: str, node: Node, document: Document, tree: Tree) -> Reference:
    if why := builder(written, document.path, tree):
        return local_image(node, document, _ROLE, why)._replace(artifact=Artifact("image", written))
    parsed = parse_image(written)
    verdict, digests, why = image_verdict(parsed)
    version = parsed.tag if not parsed.digest else f"{parsed.tag}@{parsed.digest}" if parsed.tag else parsed.digest
    artifact = Artifact("image", parsed.name)
    return Reference(artifact, version, digests, verdict, node.inner, _ROLE, why, site=node.inner, notation="kustomize-digest")


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

"""Flux: the repositories, artifacts and charts that sources fetch, and the images that releases and kustomizations put in.

Source: fluxcd.io/flux/components (GitRepository, OCIRepository, HelmChart: precedence of `ref`; HelmRelease; Kustomization). What
Flux substitutes (`${NAME}`) is known to the cluster alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.chart_values import images
from pinlint.semantics.charts import chart
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.kustomize_entries import KEYS, entries, split
from pinlint.semantics.own_repository import is_own
from pinlint.semantics.typed_texts import taken_as_text
from pinlint.syntax.manifest import Object, family, objects, raw, text
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_CHART = "application/vnd.cncf.helm.chart"
_SOURCES = ("GitRepository", "Bucket")  # of charts that lie in them
_SELF = "the repository that Flux bootstraps from, which is this one"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What every object of Flux fetches or puts in."""
    roots = read(document)
    repositories = _repositories(roots)
    for one in objects(roots):
        spec = one.node.get("spec")
        if family(one) != "flux" or spec is None:
            continue
        address = spec.get("url")
        if address is not None and literal(address) and is_insecure(text(address)) and ".svc" not in text(address):
            yield Fact("insecure-transport", address.span, f"{without_credentials(text(address))} is read without TLS")
        if one.kind == "GitRepository":
            yield from _git(one, spec, document, tree)
        elif one.kind == "OCIRepository":
            yield from _artifact(spec, document)
        elif one.kind == "HelmChart":
            yield from _chart(spec, document, repositories)
        elif one.kind == "HelmRelease":
            for inner in select(spec, "chart", "spec"):
                yield from _chart(inner, document, repositories)
            for values in select(spec, "values"):
                yield from images(values, document)
        if one.kind in ("OCIRepository", "HelmChart", "HelmRelease"):
            yield from _verified(one, spec, document.path)
        if one.kind in ("HelmRelease", "Kustomization"):
            for holder in (spec, *select(spec, "postRenderers", "*", "kustomize")):
                yield from _images(holder, document)


def _verified(one: Object, spec: Node, path: str) -> Iterator[Fact]:
    """Whose signatures a source accepts that nobody meant."""
    keys = ("chart", "spec", "verify") if one.kind == "HelmRelease" else ("verify",)
    for verify in select(spec, *keys):
        from pinlint.semantics.test_grounds import is_test
        from pinlint.semantics.trusted_signers import by_flux  # few sources are verified

        if not is_test(path):
            yield from by_flux(verify)


def _repositories(roots: list[Node]) -> dict[str, str]:
    """The addresses of the chart repositories that the file describes, by name; "" for a name that two namespaces share."""
    found: dict[str, str] = {}
    for one in objects(roots):
        if one.kind == "HelmRepository" and family(one) == "flux":
            for name, address in zip(select(one.node, "metadata", "name"), select(one.node, "spec", "url"), strict=False):
                known = text(address) if literal(address) and "$" not in text(address) else ""
                found[text(name)] = known if found.get(text(name), known) == known else ""
    return found


def _variable(*nodes: Node | None) -> str:
    """Why a version cannot be told although one is written; "" where it can."""
    if any(node is not None and node.kind == "scalar" and not literal(node) for node in nodes):
        return "a template fills it in"
    return "Flux substitutes a variable in it" if any("${" in text(node) for node in nodes) else ""


def _git(one: Object, spec: Node, document: Document, tree: Tree) -> Iterator[Reference]:
    address, ref = spec.get("url"), spec.get("ref")
    if address is None or not text(address):
        return
    written = raw(address, document)
    keys = ("commit", "name", "semver", "tag", "branch")
    key = next((key for key in keys if ref is not None and text(ref.get(key))), "")
    node = ref.get(key) if ref is not None else None
    artifact = Artifact("git", repository_name(written), without_credentials(written))
    found = at_ref(artifact, node, document, address.inner, "Flux source", _variable(address, node))
    if not key:
        found = found._replace(why="no ref, so the branch master")
    elif key == "semver" and found.verdict != "unknown":
        found = found._replace(verdict="range", digests=(), why="a range of tags, so the next one changes what is deployed")
    elif key == "tag" and found.verdict == "floating":
        found = found._replace(verdict="tag", why="")
    elif key == "branch" and found.verdict in ("tag", "digest"):
        found = found._replace(verdict="floating", digests=(), why=f"{found.version} is a branch, which moves with every push")
    if found.verdict != "unknown" and (is_own(artifact.name, tree) or _bootstraps(one)):
        found = found._replace(verdict="local", digests=(), why="this repository itself" if is_own(artifact.name, tree) else _SELF)
    if found.verdict != "local":
        found = taken_as_text(found, node)
    branch_or_tag = key in ("tag", "branch") and found.verdict in ("tag", "floating") and found.site is not None
    yield found._replace(site=found.site if branch_or_tag else None, notation="commit-key" if branch_or_tag else "")


def _bootstraps(one: Object) -> bool:
    """Whether `flux bootstrap` wrote the object: it always names the repository in which it is committed."""
    metadata = one.node.get("metadata")
    return metadata is not None and text(metadata.get("name")) == text(metadata.get("namespace")) == "flux-system"


def _artifact(spec: Node, document: Document) -> Iterator[Reference]:
    """An OCI artifact: of digest, range and tag the first counts. One that is a chart is judged as a chart."""
    address, ref, layer = spec.get("url"), spec.get("ref"), spec.get("layerSelector")
    if address is None or not text(address):
        return
    name = raw(address, document).removeprefix("oci://")
    at = {key: node for key in ("digest", "semver", "tag") if ref is not None and text(node := ref.get(key)) and node is not None}
    unknown = _variable(address, *at.values())
    is_chart = layer is not None and text(layer.get("mediaType")).startswith(_CHART)
    if is_chart and "digest" not in at and "@" not in text(at.get("tag")):
        repository, _, chart_name = name.rpartition("/")
        version = at.get("semver") or at.get("tag")
        source = f"oci://{repository}" if repository else ""
        yield taken_as_text(chart(chart_name, source, version, document, address.inner, "Flux chart", unknown), version)
        return
    if "semver" in at and "digest" not in at:
        artifact, node = image_at(name, Span(0, 0), "").artifact, at["semver"]
        why = unknown or "a range of tags, so the next one changes what is deployed"
        found = Reference(artifact, text(node), (), "unknown" if unknown else "range", node.inner, "Flux artifact", why)
        yield taken_as_text(found, node)
        return
    tag, digest = text(at.get("tag")), text(at.get("digest"))
    written = f"{name}{':' if tag else ''}{tag}{'@' if digest else ''}{digest}"
    node = at.get("digest") or at.get("tag") or address
    found = image_at(written, Span(0, 0), "Flux artifact")._replace(span=node.inner).unpinnable()
    if "tag" in at:
        found = found._replace(site=at["tag"].inner, notation="kustomize-digest")
    if "digest" in at:
        found = found._replace(site=at["digest"].inner, notation="image-digest-key")
    found = found._replace(verdict="unknown", digests=(), why=unknown).unpinnable() if unknown else found
    yield taken_as_text(found, *at.values())


def _chart(spec: Node, document: Document, repositories: dict[str, str]) -> Iterator[Reference]:
    named, version, source = spec.get("chart"), spec.get("version"), spec.get("sourceRef")
    if named is None or not text(named):
        return
    name = raw(named, document)
    kind = text(source.get("kind")) if source is not None else ""
    repository = repositories.get(text(source.get("name")), "") if source is not None and kind == "HelmRepository" else ""
    found = chart(name, repository, version, document, named.inner, "Flux chart", _variable(named, version), beside=literal(named))
    if kind in _SOURCES and source is not None:
        found = found._replace(verdict="local", why=f"a chart in the {kind} {text(source.get('name'))}, which has a ref of its own")
    yield taken_as_text(found, version)


def _images(holder: Node, document: Document) -> Iterator[Reference | Fact]:
    """What `images` puts in, as Kustomize reads it, with which Flux builds; the resources are the release's or the source's."""
    for entry in entries(holder, document.path):
        if not entry.changes:
            continue
        node = next(entry.at[key] for key in KEYS if key in entry.at)
        if entry.refused:
            yield Fact("unreadable-file", entry.at[entry.converted].inner, entry.refused)
            continue
        tag, digest = entry.new_tag and f":{entry.new_tag}", entry.digest and f"@{entry.digest}"
        written = f"{entry.new_name or split(entry.name, '').name}{tag}{digest}"
        found = image_at(written, Span(0, 0), "kustomize image")._replace(span=node.inner).unpinnable()
        if unknown := _variable(*entry.at.values()):
            yield found._replace(verdict="unknown", digests=(), why=unknown)
        elif not entry.new_tag and not entry.digest:
            yield found._replace(verdict="unknown", why="its tag stays as it is in resources that do not lie here")
        elif entry.digest:
            yield found._replace(site=node.inner, notation="image-digest-key")
        else:
            yield found._replace(site=node.inner, notation="image-tag-key")

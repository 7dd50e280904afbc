"""Kubernetes manifests: the images of pods in objects of every kind, custom ones included.

Source: the Kubernetes API reference. Objects of Tekton, Argo, Flux and Kustomize belong to their own formats. Which further fields
of custom resources name images the configuration says: `image-paths = ["Kafka:spec.kafka.image", "spec.nodes.*.image"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.semantics.interpolated_images import interpolated_image
from pinlint.semantics.kustomizations import fields, replacing, transformed
from pinlint.semantics.kustomize_entries import transformers
from pinlint.semantics.kustomize_replaced import put_in
from pinlint.semantics.kustomize_replacements import rewriting
from pinlint.semantics.own_images import builder
from pinlint.semantics.pods import pod_images
from pinlint.syntax.manifest import Object, family, objects, text
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Kinds whose text describes or carries other things: nothing in them is started.
_NO_PODS = ("CustomResourceDefinition", "ConfigMap", "Secret")
#: Custom resources that many clusters have: kind, k3d, Prometheus Operator, CloudNativePG, Zalando's PostgreSQL, Redis, Dragonfly,
#: MinIO, Rook, KubeVirt, Crossplane, Spark, the system upgrade controller, the Operator SDK's scorecard.
_PATHS = (
    "Cluster:nodes.*.image", "Prometheus:spec.image", "PrometheusAgent:spec.image", "Alertmanager:spec.image",
    "ThanosRuler:spec.image", "Cluster:spec.imageName", "CephCluster:spec.cephVersion.image",
    "VirtualMachine:spec.template.spec.volumes.*.containerDisk.image", "Provider:spec.package", "Function:spec.package",
    "Configuration:spec.package", "Simple:image", "postgresql:spec.dockerImage", "postgresql:spec.sidecars.*.image",
    "RedisFailover:spec.redis.image", "RedisFailover:spec.sentinel.image", "RedisFailover:spec.redis.exporter.image",
    "RedisFailover:spec.sentinel.exporter.image", "Dragonfly:spec.image", "Tenant:spec.image", "SparkApplication:spec.image",
    "Plan:spec.upgrade.image", "Plan:spec.prepare.image", "Configuration:stages.*.tests.*.image",
)  # fmt: skip


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The image of every container, image volume and configured path, each place once."""
    roots = read(document)
    paths = [_path(written) for written in (*_PATHS, *tree.settings.get("kubernetes.image-paths", ()))]
    seen: set[int] = set()
    found_objects = list(objects(roots))
    variables = _parameters(found_objects)
    for one in found_objects:
        if family(one) != "kubernetes" or one.kind in _NO_PODS:
            continue
        changed = {id(node) for node in fields(one.mappings)}
        for node, role in (*pod_images(one.mappings), *_configured(one, paths)):
            if id(node) not in seen:
                seen.add(id(node))
                if (found := _reference(node, role, document, tree, variables, usual=id(node) in changed)) is not None:
                    yield found
    yield from _transformers(roots, document, tree)


def _transformers(roots: list[Node], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What Kustomize's transformers in a file of their own put in the place of images."""
    own = list(transformers(roots, document.path))
    for entry, fitting in zip(own, transformed(document, own, tree) if own else (), strict=True):
        yield from put_in(entry, fitting, document, tree)


def _parameters(found: list[Object]) -> dict[str, str | None]:
    """What the parameters of OpenShift's templates are by default."""
    listed = [node for one in found if one.kind == "Template" for node in select(one.node, "parameters", "*")]
    return {text(node.get("name")): text(node.get("value")) or None for node in listed}


def _path(written: str) -> tuple[str, tuple[str, ...]]:
    """(kind or "", keys) of a configured path: an optional `Kind:`, then keys with dots between them, `*` for each."""
    kind, _, keys = written.rpartition(":")
    return kind, tuple(keys.split("."))


def _configured(one: Object, paths: list[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[Node, str]]:
    for kind, keys in paths:
        if kind in ("", one.kind):
            yield from ((node, "image") for node in select(one.node, *keys))


def _reference(
    node: Node, role: str, document: Document, tree: Tree, variables: dict[str, str | None], *, usual: bool
) -> Reference | None:
    if node.kind != "scalar" or not literal(node):
        return image(node, document, role)
    if "$(" in node.value:
        return unknown_image(node, document, role, "a variable of another tool stands in it, which only a deployment fills in")
    found = interpolated_image(node, document, role, variables)
    if found is None or found.verdict in ("digest", "unknown"):
        why = builder(node.value, document.path, tree) if found and found.verdict == "unknown" else ""
        if found and found.refused and not why and (path := replacing(node.value, document.path, tree, usual=usual)):
            why = f"{path} puts another one in its place"
        return local_image(node, document, role, why) if why else found
    if why := builder(node.value, document.path, tree):
        return local_image(node, document, role, why)
    if path := replacing(node.value, document.path, tree, usual=usual):
        return local_image(node, document, role, f"{path} puts another one in its place")
    if why := rewriting(node, document.path, tree):
        return found._replace(why=f"its tag can be moved; {why}").unpinnable()
    return found

"""Kubernetes objects in YAML files: which mappings are objects, of which kind, and which format reads which.

An object is every mapping with an `apiVersion` and a `kind`, wherever it stands: the items of a `List`, the resource that a trigger
creates, the template that another object carries. Knows the shape of objects; must not know what any field means.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pinlint.syntax.nodes import Node
from pinlint.text import Document

__all__ = ["Object", "family", "objects", "raw", "text"]

_ARGO = {
    "Workflow": "argo_workflows",
    "WorkflowTemplate": "argo_workflows",
    "ClusterWorkflowTemplate": "argo_workflows",
    "CronWorkflow": "argo_workflows",
    "Application": "argo_cd",
    "ApplicationSet": "argo_cd",
    "AppProject": "argo_cd",
}


class Object(NamedTuple):
    """A Kubernetes object. `group` is that of its API ("" for the core), `mappings` are it and every mapping in it, in the order of
    the text, but those of objects that stand inside it."""

    group: str
    kind: str
    node: Node
    mappings: list[Node]


def objects(roots: list[Node]) -> Iterator[Object]:
    """Every object of a file, outer before inner; each mapping once, however many aliases lead to it."""
    seen: set[int] = set()
    found: list[Object] = []
    waiting: list[tuple[Node, Object | None]] = [(root, None) for root in reversed(roots)]
    while waiting:
        node, owner = waiting.pop()
        if node.kind == "scalar" or id(node) in seen:
            continue
        seen.add(id(node))
        if node.kind == "mapping":
            owner = _object(node) or owner
            if owner is not None:
                if owner.node is node:
                    found.append(owner)
                owner.mappings.append(node)
            waiting += [(value, owner) for _, value in reversed(node.pairs) if value.kind != "scalar"]
        else:
            waiting += [(element, owner) for element in reversed(node.elements) if element.kind != "scalar"]
    yield from found


def _object(node: Node) -> Object | None:
    version, kind = node.get("apiVersion"), node.get("kind")
    if version is None or kind is None or version.kind != "scalar" or kind.kind != "scalar":
        return None
    return Object(version.value.rpartition("/")[0], kind.value, node, [])


def family(one: Object) -> str:
    """The name of the format that reads objects of this kind."""
    if one.group == "argoproj.io":
        return _ARGO.get(one.kind, "kubernetes")
    if one.group == "tekton.dev":
        return "tekton"
    if one.group == "kustomize.config.k8s.io":
        return "kustomize"
    return "flux" if one.group.endswith(".toolkit.fluxcd.io") else "kubernetes"


def text(node: Node | None) -> str:
    """What a scalar says; "" for what is missing, null or no scalar."""
    return "" if node is None or node.kind != "scalar" or node.is_null else node.value


def raw(node: Node, document: Document) -> str:
    """A scalar as it is written, without its quotes, the actions of a template in it included."""
    return document.text[node.inner.start : node.inner.end]

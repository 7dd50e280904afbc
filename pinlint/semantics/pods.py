"""The images of pods, wherever an object carries a pod: its containers, and the volumes that are images.

Knows the fields of a pod; must not know which kinds of objects there are.
Source: the Kubernetes API reference, PodSpec, Container and ImageVolumeSource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["pod_images"]

_CONTAINERS = (
    ("initContainers", "init container image"),
    ("containers", "container image"),
    ("ephemeralContainers", "ephemeral container image"),
)


def pod_images(mappings: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """(what names the image, role) of every container and image volume of the pods among `mappings`, each place once."""
    seen: set[int] = set()
    for mapping in mappings:
        for node, role in _images(mapping):
            if id(node) not in seen:
                seen.add(id(node))
                yield node, role


def _images(mapping: Node) -> Iterator[tuple[Node, str]]:
    for key, role in _CONTAINERS:
        for listed in mapping.every(key):
            for container in listed.elements:
                yield from ((image, role) for image in container.every("image"))
    for single in mapping.every("container"):  # as custom resources have it
        yield from ((image, "container image") for image in single.every("image"))
    for volumes in mapping.every("volumes"):
        for volume in volumes.elements:
            yield from ((reference, "image volume") for reference in select(volume, "image", "reference"))

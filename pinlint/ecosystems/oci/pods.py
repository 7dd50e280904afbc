"""The images of pods, wherever an object carries a pod: its containers, and the volumes that are images.

Knows the fields of a pod; must not know which kinds of objects there are.
Source: the Kubernetes API reference, PodSpec, Container and ImageVolumeSource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        listed = mapping.get(key)
        for container in listed.elements if listed is not None else ():
            image = container.get("image")
            if image is not None:
                yield image, role
    single = mapping.get("container")  # as custom resources have it
    if single is not None and (image := single.get("image")) is not None:
        yield image, "container image"
    volumes = mapping.get("volumes")
    for volume in volumes.elements if volumes is not None else ():
        source = volume.get("image")
        reference = source.get("reference") if source is not None else None
        if reference is not None:
            yield reference, "image volume"

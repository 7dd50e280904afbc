"""Images that a repository builds itself, by its own word: Skaffold artifacts and Compose services with a build.

Knows which keys say so; must not know who asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import parse_image
from pinlint.syntax.yaml import Unparsable, documents, select
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["builder"]

_SKAFFOLD = ("skaffold.yaml", "skaffold.yml")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
#: Names that a project's own tools put in: ko builds from a Go import path, kubebuilder's Makefile replaces `controller`.
_KO = "ko://"
_KUBEBUILDER = "docker.io/library/controller"


def builder(text: str, path: str, tree: Tree) -> str:
    """Why an image that the file at `path` names comes from its own repository; "" if nothing says so.

    Only what stands beside the file or above it counts: elsewhere the same name may mean something else.
    """
    if text.startswith(_KO):
        return "ko builds it from the Go package of this name"
    name = parse_image(text).name
    if name == _KUBEBUILDER:
        return "kubebuilder's word for the image that the project builds; nobody publishes one of this name"
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        made = tree.memo("images built", folder, lambda at=folder: _made(at, tree))  # type: ignore[misc]
        if name in made:
            return f"{made[name]} builds it"
    return ""


def _made(folder: str, tree: Tree) -> dict[str, str]:
    """The images that the files of one directory build: normalised name → path of the file."""
    made: dict[str, str] = {}
    for names, read in ((_SKAFFOLD, _artifacts), (_COMPOSE, _services)):
        for file in names:
            path = f"{folder}/{file}" if folder else file
            if tree.exists(path):
                made.update((parse_image(text).name, path) for text in _read(path, tree, read))
    return made


def _read(path: str, tree: Tree, read: object) -> Iterator[str]:
    assert callable(read)
    try:
        for root in documents(tree.read(path).text):
            yield from (node.value for node in read(root) if node.kind == "scalar" and node.value)
    except (Unread, Unparsable):
        return


def _artifacts(root: Node) -> Iterator[Node]:
    yield from select(root, "build", "artifacts", "*", "image")
    yield from select(root, "profiles", "*", "build", "artifacts", "*", "image")


def _services(root: Node) -> Iterator[Node]:
    for service in select(root, "services", "*"):
        image = service.get("image")
        if image is not None and service.get("build") is not None:
            yield image

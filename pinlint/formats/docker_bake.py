"""docker buildx bake's files, in HCL or JSON: what a build takes from elsewhere as its contexts.

Source: docker buildx, bake/bake.go (target.contexts, target.context, target.dockerfile-inline) and the file reference. A Dockerfile
that a target names is judged itself; `args` and `tags` are what a build is given and what it makes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.contexts import remote_source
from pinlint.ecosystems.oci.inline_dockerfile import inline_dockerfile
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.oci.written import unknown_image
from pinlint.model import Span
from pinlint.syntax import hcl, yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_IMAGE = "docker-image://"
_VARIABLE = re.compile(r"\$\{\s*(\w+)\s*\}")
_ROLE = "build context"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Images and repositories that targets name as contexts, and the images of Dockerfiles that stand in the file."""
    if document.path.endswith(".json"):
        found = [one for root in yaml.read(document) for one in _in_json(root)]
    else:
        found = list(hcl.values(document.text))
    defaults = {one.path[1]: one.node.value for one in found if one.path[:1] == ("variable",) and one.path[2:] == ("default",)}
    for one in found:
        if one.path[:1] == ("target",) and len(one.path) > 2 and one.node.style != "name":
            yield from _used(one, defaults, document)


def _in_json(root: yaml.Node) -> Iterator[hcl.Value]:
    """The values of a JSON file under the paths that they have in HCL."""
    for block in ("variable", "target"):
        for body in yaml.select(root, block):
            for name, target in body.items():
                for key, value in target.items():
                    below = [((inner.value,), node) for inner, node in value.items()] if value.kind == "mapping" else [((), value)]
                    for inner, node in below:
                        yield hcl.Value((block, name.value, key.value, *inner), node, "${" not in node.value)


def _used(one: hcl.Value, defaults: dict[str, str], document: Document) -> Iterator[Reference]:
    key, node = one.path[2], one.node
    if key == "dockerfile-inline" and one.whole:
        yield from inline_dockerfile(node, document)
    elif key == "contexts" and node.value.startswith(_IMAGE):
        yield _image(one, defaults, document)
    elif key in ("context", "contexts") and one.whole:
        source = remote_source(node.value, node.inner, _ROLE)
        if source is not None:
            yield source


def _image(one: hcl.Value, defaults: dict[str, str], document: Document) -> Reference:
    node = one.node
    start = node.inner.start + len(_IMAGE)
    if one.whole:
        return image_at(node.value[len(_IMAGE) :], Span(start, node.inner.end), _ROLE)
    names = _VARIABLE.findall(node.value)
    text = _VARIABLE.sub(lambda match: defaults.get(match[1]) or match[0], node.value)[len(_IMAGE) :]
    if "${" in text or not names:
        missing = next((name for name in names if not defaults.get(name)), "")
        why = f"${{{missing}}} has no default in this file" if missing else "an expression makes up its name"
        return unknown_image(node, document, _ROLE, why)
    used = ", ".join(f"{name}={defaults[name]}" for name in names)
    made = image_at(text, node.inner, _ROLE)
    return made._replace(span=node.inner, site=None, notation="", why=f"{made.why} ({used})" if made.why else "")

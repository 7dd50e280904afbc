"""Cloud Build: the images that the steps of a build run in.

Source: cloud.google.com/build/docs/build-config-file-schema (steps[].name). `$PROJECT_ID` and other substitutions are filled in by
the service; those that the file sets itself have a value here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.semantics.scripts import given, script, shell_of
from pinlint.syntax.yaml import Node, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Images whose entrypoint is the program that they are called by.
_BUILDERS = "gcr.io/cloud-builders/"
_SUBSTITUTION = re.compile(r"(?<!\$)\$(?:(\w+)|\{(\w+)\})")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """The image of every step, then what steps run. A step in an image that an earlier one of the same build made asks for nothing
    by it."""
    roots = read(document)
    if not any(root.get("steps") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no build of Cloud Build: it has no steps")
        return
    for root in roots:
        made = {node.value for node in select(root, "images", "*")}
        values = {key.value: value.value for node in select(root, "substitutions") for key, value in node.items()}
        for node in select(root, "steps", "*", "name"):
            found = _step(node, values, made, document)
            if found is not None:
                yield found
        if fetches(document.data):
            yield from _scripts(root, values, document)


def _scripts(root: Node, values: dict[str, str], document: Document) -> Iterator[Script]:
    """What the steps run in the folder that they share: a script, the text that a shell is given, or a program and its words."""
    for step in select(root, "steps", "*"):
        name, called, arguments = step.get("id"), step.get("entrypoint"), step.get("args")
        place = Script("", [], "sh", "ci", "build", name.value if name is not None else "", foreign="cloud_build")
        own, image_ = step.get("script"), step.get("name")
        listed = arguments.elements if arguments is not None else []
        if own is not None and own.kind == "scalar":
            yield script(own, document, place, {})
        elif called is not None and shell_of(called.value) == "sh":
            if (text := given([called, *listed])) is not None:
                yield script(text, document, place, dict(values))
        elif listed and (called is not None or (image_ is not None and image_.value.startswith(_BUILDERS))):
            program = called if called is not None else image_
            words = [program, *listed] if program is not None else listed
            texts = [(_program(one) if one is program else one.value, *one.inner) for one in words if one.kind == "scalar"]
            yield place._replace(words=tuple(texts))


def _program(node: Node) -> str:
    """What an image of Google's builders runs is called as the image."""
    return node.value.rpartition("/")[2].partition("@")[0].partition(":")[0] if node.value.startswith(_BUILDERS) else node.value


def _step(node: Node, values: dict[str, str], made: set[str], document: Document) -> Reference | None:
    role = "build step image"
    if node.value in made:
        return local_image(node, document, role, f"{node.value} is made by this build")
    names = [match[1] or match[2] for match in _SUBSTITUTION.finditer(node.value)]
    if not names:
        return image(node, document, role)
    if missing := next((name for name in names if name not in values), ""):
        return unknown_image(node, document, role, f"${missing} gets its value when the build is started")
    text = _SUBSTITUTION.sub(lambda match: values[match[1] or match[2]], node.value)
    found = image_at(text, node.inner, role)
    used = ", ".join(f"{name}={values[name]}" for name in names)
    return found._replace(span=node.inner, why=f"{found.why} ({used})" if found.why else "").unpinnable()

"""devcontainer.json: the image of a development container and the features that are installed into it.

Source: containers.dev, JSON reference and features specification; devcontainers/cli, containerFeaturesOCI.ts (a feature is an OCI
artifact, at a tag that stands for a range of versions, or at a digest) and lockfile.ts (devcontainer-lock.json settles the tags).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.url.names import origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.syntax import jsonc
from pinlint.syntax.yaml import Node, Unparsable, select
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_VARIABLE = re.compile(r"\$\{(?:(?:localEnv|env):(?P<name>[^}:]{1,999})(?::(?P<default>[^}]{0,999}))?|[^}]{0,999})\}")
_COMMANDS = (
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
_FEATURE = "dev container feature"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """The image and the features, in order, then the commands that make the container ready."""
    root = jsonc.read(document)
    if root.kind != "mapping":
        yield Fact("foreign", Span(0, 0), "no dev container: it is no object")
        return
    for node in select(root, "image"):
        found = _image(node, document)
        if found is not None:
            yield found
    yield from _given(root, document, tree)
    lock = _locked(document, tree) if root.get("features") is not None else {}
    for features in select(root, "features"):
        for key, _ in features.items():  # noqa: PERF102 - a node, not a dict
            if key.value:
                yield _feature(key, document, lock)
    if fetches(document.data):
        yield from _scripts(root, document)


def _scripts(root: Node, document: Document) -> Iterator[Script]:
    """Its commands: a text for a shell, the words of a program, or several of either side by side."""
    from pinlint.semantics.scripts import script

    for key in _COMMANDS:
        for given in root.every(key):
            for node in [value for _, value in given.items()] or [given]:
                place = Script("", [], "sh", "script", key, key)
                if node.kind == "sequence":
                    words = tuple((one.value, *one.inner) for one in node.elements if one.kind == "scalar")
                    yield place._replace(words=words)
                elif node.kind == "scalar":
                    yield script(node, document, place)


def _image(node: Node, document: Document) -> Reference | None:
    variables = list(_VARIABLE.finditer(node.value))
    if not variables:
        return image(node, document, "dev container image")
    if any(one["default"] is None for one in variables):
        name = variables[0]["name"] or variables[0][0]
        return unknown_image(node, document, "dev container image", f"{name} is set outside this file")
    text = _VARIABLE.sub(lambda one: one["default"], node.value)
    made = image_at(text, node.inner, "dev container image")
    return made._replace(span=node.inner, refused=False).unpinnable()


def _given(root: Node, document: Document, tree: Tree) -> Iterator[Reference]:
    """The base images that the build of the container chooses by its arguments."""
    for build in select(root, "build"):
        if (arguments := build.get("args")) is None:
            continue
        from pinlint.semantics.builds import dockerfile_of, given_bases, given_scalar, settled  # few builds are given any

        given = {key.value: given_scalar(value, document) for key, value in arguments.items()}
        given = {
            name: one._replace(value=_default(one.value), literal=one.literal and "$" not in (one.value or ""))
            for name, one in given.items()
        }
        file = build.get("dockerfile") or root.get("dockerFile")
        if file is not None:
            yield from settled(given_bases(dockerfile_of(document.path, "", file.value, tree), given, tree))


def _default(text: str | None) -> str | None:
    """A text with the defaults of its variables; None where one has none."""
    if text is None or any(one["default"] is None for one in _VARIABLE.finditer(text)):
        return None
    return _VARIABLE.sub(lambda one: one["default"], text)


def _feature(key: Node, document: Document, lock: dict[str, str]) -> Reference:
    text, span = key.value, key.inner
    if text.startswith((".", "/")):
        return local_image(key, document, _FEATURE, "it lies in this repository")
    if text.startswith(("https://", "http://")):
        verdict, why = url_verdict(text)
        return Reference(Artifact("url", without_credentials(text), origin(text)), "", (), verdict, span, _FEATURE, why)
    if "${" in text:
        return unknown_image(key, document, _FEATURE, "a template fills it in")
    if not re.match(r"[\w-]*[.:][\w.:-]*/|localhost/", text):
        return unknown_image(key, document, _FEATURE, "a feature of this short form is chosen by the tool; write its whole name")
    made = image_at(text.lower(), span, _FEATURE).unpinnable()
    if made.verdict == "digest" and made.digests != (made.version,):
        why = "it looks pinned, but the CLI refuses a feature with a tag and a digest; write the digest alone"
        return made._replace(verdict="tag" if made.version.partition("@")[0] != "latest" else "floating", why=why)
    if made.verdict in ("floating", "tag") and not made.digests:
        settled = lock.get(text.lower(), "")
        why = "" if settled else "its tag can be moved; `devcontainer upgrade` writes a lock that settles it"
        return made._replace(settled_by=settled, why=why)
    if made.digests == (made.version,):
        return made._replace(version="")  # a feature cannot have a tag beside its digest, so none is missing
    return made


def _locked(document: Document, tree: Tree) -> dict[str, str]:
    """What the lock beside the file says: "FILE: VERSION" for every feature that it holds with a digest."""
    name = "." * document.path.rpartition("/")[2].startswith(".") + "devcontainer-lock.json"
    path = join(document.path, name)
    if not tree.exists(path):
        return {}
    try:
        root = jsonc.read(tree.read(path))
    except (Unread, Unparsable):
        return {}
    found = {}
    for features in select(root, "features"):
        for key, entry in features.items():
            version, integrity = entry.get("version"), entry.get("integrity")
            if integrity is not None and re.fullmatch("sha256:[0-9a-f]{64}", integrity.value):
                found[key.value.lower()] = f"{path}: {version.value if version is not None else integrity.value}"
    return found

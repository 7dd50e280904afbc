"""Images that a repository builds itself, by its own word: Skaffold artifacts, Compose services with a build, builds of a Tiltfile,
what Jib makes of a Maven project.

Knows which keys say so; must not know who asks.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import parse_image
from pinlint.syntax.yaml import Unparsable, documents, select
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["builder"]

_BUILDERS = re.compile(r"(?:skaffold|(?:docker-)?compose)[\w.-]*\.ya?ml|Tiltfile|pom\.xml")
_TILT = re.compile(r"\b(?:docker|custom)_build(?:_with_restart)?\(\s{0,99}(?:ref\s?=\s?)?[\"']([^\"'\n]{1,300})[\"']")
_TILT_DEPLOYS = re.compile(r"\b(?:k8s_yaml|kustomize|helm)\(([^()\n]{1,500})")
_QUOTED = re.compile(r"[\"']([^\"'\n]{1,300})[\"']")
_DEPLOYED = 1000  # manifests that are looked for by name
_JIB = re.compile(r"<to>\s{0,200}<image>\s{0,99}([^<>$\s]{1,300})\s{0,99}</image>")
_KO = "ko://"
#: Words that other tools replace; nobody publishes images of these names.
_WORDS = {
    "controller": "kubebuilder's word for the image that the project builds",
    "controller:latest": "kubebuilder's word for the image that the project builds",
    "auto": "Istio's injector puts its own proxy in its place",
}


def builder(text: str, path: str, tree: Tree) -> str:
    """Why an image that the file at `path` names comes from its own repository; "" if nothing says so.

    Only what stands beside the file or above it counts, or names it among the manifests that it deploys: elsewhere the same name
    may mean something else.
    """
    if text.startswith(_KO):
        return "ko builds it from the Go package of this name"
    if text in _WORDS:
        return _WORDS[text]
    name = parse_image(text).name
    for folder in tree.memo("folders that build for", path, lambda: _folders(path, tree)):
        made = tree.memo("images built", folder, lambda at=folder: _made(at, tree))  # type: ignore[misc]
        if name in made:
            return f"{made[name]} builds it"
    return ""


def _folders(path: str, tree: Tree) -> list[str]:
    """The folders whose files may build what the file at `path` names: its own, those above, and those that deploy it."""
    found, folder = [], path
    while folder:
        folder = folder.rpartition("/")[0]
        found.append(folder)
    for folder, named in tree.memo("manifests deployed", "", lambda: _deployed(tree)):
        if folder not in found and (path == named or path.startswith(f"{named}/") or ("*" in named and _fits(path, named))):
            found.append(folder)
    return found


def _fits(path: str, pattern: str) -> bool:
    """Whether a pattern fits a path: `*` within a name, `**` for any number of folders."""
    names, parts = path.split("/"), pattern.split("/")
    if "**" in parts:  # one alone: what stands before it and behind it
        at = parts.index("**")
        behind = parts[at + 1 :]
        names = names[:at] + (names[len(names) - len(behind) :] if behind else [])
        parts = parts[:at] + behind
    return len(names) == len(parts) and all(fnmatchcase(one, part) for one, part in zip(names, parts, strict=True))


def _deployed(tree: Tree) -> list[tuple[str, str]]:
    """(folder of the file that deploys, what it deploys: a path or pattern) of Skaffold's files and Tilt's."""
    found: dict[tuple[str, str], None] = {}
    for folder, paths in tree.memo("files that build", "", lambda: _files(tree)).items():
        for path in paths:
            name = path.rpartition("/")[2]
            if name == "Tiltfile":
                named = [text for given in _builds(path, tree, _TILT_DEPLOYS) for text in _QUOTED.findall(given)]
            else:
                named = list(_read(path, tree, _manifests)) if name.startswith("skaffold") else []
            found.update(((folder, join(path, one).rstrip("/")), None) for one in named if "://" not in one)
    return [(folder, named) for folder, named in found if named and not named.startswith("..")][:_DEPLOYED]


def _made(folder: str, tree: Tree) -> dict[str, str]:
    """The images that the files of one directory build: normalised name → path of the file."""
    made: dict[str, str] = {}
    for path in tree.memo("files that build", "", lambda: _files(tree)).get(folder, ()):
        name = path.rpartition("/")[2]
        if name in ("Tiltfile", "pom.xml"):
            made.update((parse_image(text).name, path) for text in _builds(path, tree, _TILT if name == "Tiltfile" else _JIB))
        else:
            read = _artifacts if name.startswith("skaffold") else _services
            made.update((parse_image(text).name, path) for text in _read(path, tree, read))
    return made


def _files(tree: Tree) -> dict[str, list[str]]:
    """The files that may say what is built, by their directory."""
    found: dict[str, list[str]] = {}
    for path in tree.listed():
        folder, _, name = path.rpartition("/")
        if _BUILDERS.fullmatch(name):
            found.setdefault(folder, []).append(path)
    return found


def _read(path: str, tree: Tree, read: Callable[[Node], Iterator[Node]]) -> Iterator[str]:
    try:
        for root in documents(tree.read(path).text):
            yield from (node.value for node in read(root) if node.kind == "scalar" and node.value)
    except (Unread, Unparsable):
        return


def _builds(path: str, tree: Tree, build: re.Pattern[str]) -> list[str]:
    try:
        return build.findall(tree.read(path).text)
    except Unread:
        return []


def _artifacts(root: Node) -> Iterator[Node]:
    yield from select(root, "build", "artifacts", "*", "image")
    yield from select(root, "profiles", "*", "build", "artifacts", "*", "image")


def _manifests(root: Node) -> Iterator[Node]:
    """What Skaffold deploys: files, folders and patterns; below profiles as well."""
    for holder in (root, *select(root, "profiles", "*")):
        for manifests in select(holder, "manifests"):
            yield from select(manifests, "rawYaml", "*")
            yield from select(manifests, "kustomize", "paths", "*")
            yield from _releases(manifests)
        for deploy in select(holder, "deploy"):
            yield from select(deploy, "kubectl", "manifests", "*")
            yield from select(deploy, "kustomize", "paths", "*")
            yield from _releases(deploy)


def _releases(holder: Node) -> Iterator[Node]:
    for release in select(holder, "helm", "releases", "*"):
        yield from select(release, "chartPath")
        yield from select(release, "valuesFiles", "*")


def _services(root: Node) -> Iterator[Node]:
    for service in select(root, "services", "*"):
        image = service.get("image")
        if image is not None and service.get("build") is not None:
            yield image

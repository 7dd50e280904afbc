"""The other files of a Compose project: which images its services build, whatever file says so.

Source: docs.docker.com/reference/compose-file (merge, extends, build) and docs.docker.com/compose/how-tos/multiple-compose-files.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from pinlint.ecosystems.oci.names import parse_image
from pinlint.syntax.interpolation import dotenv, expand
from pinlint.syntax.yaml import Node, Unparsable, read, select
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["Project", "is_compose", "services"]

_TOP_LEVEL = frozenset(("services", "include", "models", "version", "name", "networks", "volumes", "configs", "secrets"))
_BASE = re.compile(r"(?:docker-)?compose\.ya?ml")
_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml")
_NAME = re.compile(r"(?:.*[-_.])?compose(?:[-_.].*)?\.ya?ml")
#: Compose calls an image `project-service`, and `project_service` before its second version.
_MADE_UP = re.compile(r"(?<=[a-z0-9\0])[-_]")
_LONGEST = 256  # characters of such a name
_DEEPEST = 20  # files and services that extend one another


def is_compose(root: Node) -> bool:
    """Whether a document is of a Compose file: of today's, or of the first format, whose services stand at the top."""
    if root.kind != "mapping" or root.get("apiVersion") is not None:
        return False
    return any(key.value in _TOP_LEVEL or key.value.startswith("x-") for key, _ in root.items()) or bool(services(root))


def services(root: Node) -> dict[str, Node]:
    """The services of a document, by name."""
    listed = root.get("services")
    if listed is not None:
        return {key.value: value for key, value in listed.items()}
    return {
        key.value: value
        for key, value in root.items()
        if key.value not in _TOP_LEVEL and any((held := value.get(word)) is not None and held.value for word in ("image", "build"))
    }


class _Built(NamedTuple):
    """The images that a file's services build: service by the text of the image, by its normalised name where that cannot be one of
    the official images, and the services that are built under the name that Compose makes up.
    """

    texts: dict[str, str]
    names: dict[str, str]
    unnamed: set[str]


class _Makers:
    """Who builds an image, of all files that are looked at; of several that of the first file counts."""

    def __init__(self, files: list[tuple[str, _Built]]) -> None:
        self.paths = [path for path, _ in files]
        self.texts: dict[str, tuple[int, str]] = {}
        self.names: dict[str, tuple[int, str]] = {}
        self.unnamed: dict[str, int] = {}
        for number, (_, built) in enumerate(files):
            for found, said in ((self.texts, built.texts), (self.names, built.names)):
                for image, service in said.items():
                    found.setdefault(image, (number, service))
            for service in built.unnamed:
                self.unnamed.setdefault(service, number)

    def maker(self, image: str) -> tuple[str, str]:
        """(the service whose build yields `image`, the file that says so), or ("", "")."""
        found = [self.texts.get(image), self.names.get(parse_image(image).name)]
        if "/" not in image and self.unnamed:
            made = image.removesuffix(":latest")
            ends = (made[at.end() :] for at in _MADE_UP.finditer(made[:_LONGEST]))
            found.append(min(((self.unnamed[end], end) for end in ends if end in self.unnamed), key=itemgetter(0), default=None))
        first = min((one for one in found if one is not None), key=itemgetter(0), default=None)
        return (first[1], self.paths[first[0]]) if first is not None else ("", "")


class Project:
    """What the files beside the Compose file at `path` say about its variables and its services."""

    def __init__(self, path: str, roots: list[Node], tree: Tree) -> None:
        self.path, self.roots, self.tree = path, roots, tree
        self.variables = tree.memo("compose variables", path.rpartition("/")[0], self._variables)

    def _variables(self) -> Mapping[str, str | None]:
        beside = join(self.path, ".env")
        if beside not in self.tree.named(".env"):  # what is not of the repository says other things on every machine
            return {}
        try:
            return dotenv(self.tree.read(beside).text)
        except Unread:
            return {}

    def own(self, name: str, service: Node, image: str) -> tuple[str, str]:
        """("local" or "unknown" with the reason) for an image that the project makes itself; ("", "") for one it asks for."""
        if self.builds(service, self.path, 0):
            return "local", f"service {name} builds it"
        made = self.made(image)
        return ("local", made) if made else self._merged(name)

    def made(self, image: str) -> str:
        """Why an image comes from a build of this project, "" if nothing says so."""
        for makers in self._makers:
            other, path = makers.maker(image)
            if other:
                return f"service {other} builds it" + (f" in {path}" if path != self.path else "")
        return ""

    @cached_property
    def _makers(self) -> tuple[_Makers, ...]:
        """Who builds an image: this file, those beside it, those that it includes."""
        folder = self.path.rpartition("/")[0]
        beside = self.tree.memo("compose makers", folder, lambda: self._making(self._siblings()))
        return self._making([self.path]), beside, self._making(self._included())

    def _making(self, paths: Iterable[str]) -> _Makers:
        return _Makers([(path, built) for path in dict.fromkeys(paths) if any(built := self._built(path))])

    def _merged(self, name: str) -> tuple[str, str]:
        """What a file that is read together with this one makes of the service `name`."""
        for path, together in self._together:
            service = self._services(path).get(name)
            if service is not None and self.builds(service, path, 0):
                if together:
                    return "local", f"service {name} is built, as {path} says"
                return "unknown", f"{path} builds service {name}: it is that build's name if both files are used together"
        return "", ""

    @cached_property
    def _together(self) -> list[tuple[str, bool]]:
        """(file beside this one that may be read with it, whether Compose does so by itself)."""
        found: list[tuple[str, bool]] = []
        this = self.path.rpartition("/")[2]
        for path in self.tree.memo("compose base files", self.path.rpartition("/")[0], lambda: _read_by_itself(self._siblings())):
            other = path.rpartition("/")[2]
            automatic = sorted((bool(_OVERRIDE.fullmatch(one)), bool(_BASE.fullmatch(one))) for one in (this, other))
            together = automatic == [(False, True), (True, False)]
            if together or (_BASE.fullmatch(other) and not _BASE.fullmatch(this)):
                found.append((path, together))
        return found

    def builds(self, service: Node, path: str, depth: int) -> bool:
        """Whether a service of the file at `path` is built, or extends one that is."""
        build, extends = service.get("build"), service.get("extends")
        if build is not None and not build.is_null:
            return True
        if extends is None or depth > _DEEPEST:
            return False
        file, name = extends.get("file"), extends.get("service")
        target = join(path, file.value) if file is not None else path
        base = self._services(target).get(name.value if name is not None else extends.value)
        return base is not None and self.builds(base, target, depth + 1)

    def _built(self, path: str) -> _Built:
        """What the services of a file build. The variables have a say in the names, so it is remembered for each folder."""
        folder = self.path.rpartition("/")[0]
        return self.tree.memo(f"compose builds {folder}", path, lambda: self._builds(path))

    def _builds(self, path: str) -> _Built:
        built = _Built({}, {}, set())
        for name, service in self._services(path).items():
            if service.get("build") is None:
                continue
            written = service.get("image")
            if written is None or not written.value:
                built.unnamed.add(name)
                continue
            text = expand(written.value, self.variables).text
            built.texts.setdefault(text, name)
            if not (parsed := parse_image(text)).problem and "library/" not in parsed.name:
                built.names.setdefault(parsed.name, name)
        return built

    def _services(self, path: str) -> dict[str, Node]:
        return self.tree.memo("compose services", path, lambda: self._read(path))

    def _read(self, path: str) -> dict[str, Node]:
        if path == self.path:
            roots = self.roots
        else:
            try:
                roots = read(self.tree.read(path))
            except (Unread, Unparsable):
                return {}
        return {name: node for root in roots for name, node in services(root).items()}

    def _included(self) -> Iterator[str]:
        """The files of the repository that this one includes."""
        for root in self.roots:
            for include in select(root, "include", "*"):
                path = include.get("path")
                for node in [include] if path is None else path.elements or [path]:
                    if node.kind == "scalar" and node.value and self.tree.exists(target := join(self.path, node.value)):
                        yield target

    def _siblings(self) -> list[str]:
        by_folder = self.tree.memo("compose files", "", lambda: _by_folder(self.tree.listed()))
        return by_folder.get(self.path.rpartition("/")[0], [])


def _read_by_itself(paths: list[str]) -> list[str]:
    """The files that Compose reads without being told to."""
    names = [path.rpartition("/")[2] for path in paths]
    return [path for path, name in zip(paths, names, strict=True) if _BASE.fullmatch(name) or _OVERRIDE.fullmatch(name)]


def _by_folder(paths: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for folder, path in _named(paths):
        found.setdefault(folder, []).append(path)
    return {folder: sorted(paths) for folder, paths in found.items()}


def _named(paths: list[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        folder, _, name = path.rpartition("/")
        if "compose" in name and _NAME.fullmatch(name):
            yield folder, path

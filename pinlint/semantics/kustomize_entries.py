"""What an entry of Kustomize's `images:` says, which images it fits, and what it makes of them.

Knows one entry and one image; must not know which kustomization applies which entries to what.
Source: kustomize api/filters/imagetag/updater.go (a tag or a digest takes the place of both) and api/internal/image.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pinlint.budget import Exceeded
from pinlint.syntax.manifest import text
from pinlint.syntax.yaml import Node, select

__all__ = ["KEYS", "Entry", "Images", "Used", "entries", "replaced", "split", "transformers"]

#: The keys of an entry, that first which says most about what is deployed.
KEYS = ("digest", "newTag", "tagSuffix", "newName", "name")
_LONGEST_TAG = 1024  # characters, far more than a tag may have
_STEPS_LIMIT = 50_000  # changes of an image that are followed
_tag = re.compile(r"[a-zA-Z0-9_.{}-]*").fullmatch
_digest = re.compile(r"sha256:[a-zA-Z0-9_.{}-]*").fullmatch


class Entry(NamedTuple):
    """What an entry says, the node of each word that it says, and the file in which it stands.

    `converted` is the key of a number or a boolean ("" = all are text), which `images:` does not take; a transformer does, as
    another text.
    """

    name: str
    new_name: str
    new_tag: str
    suffix: str
    digest: str
    at: dict[str, Node]
    path: str
    converted: str = ""

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return bool(self.new_name or self.new_tag or self.suffix or self.digest)

    @property
    def refused(self) -> str:
        """Why who reads `images:` refuses the whole file or object, and what to do; "" where it is taken."""
        if not self.converted:
            return ""
        node = self.at[self.converted]
        what = "true or false" if isinstance(node.resolved, bool) else "a number"
        return (
            f"{self.converted}: {node.value} is {what} and no text, so all that stands beside it is refused too; put it in quotes"
        )


class Used(NamedTuple):
    """An image as it leaves a kustomization. `path` is the file that gives it its tag and digest."""

    name: str
    tag: str
    digest: str
    path: str

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.name}{f':{self.tag}' if self.tag else ''}{f'@{self.digest}' if self.digest else ''}"

    @property
    def names(self) -> tuple[str, ...]:
        """What an entry may call it: the name, with its tag or all that is written, too. A tag or a digest that Kustomize does not
        take for one belongs to the name."""
        return _names(self)


@lru_cache(maxsize=1 << 14)  # one image is taken in by many kustomizations
def _names(image: Used) -> tuple[str, ...]:
    names = [str(image)]
    if not image.digest or _digest(image.digest):
        names.append(str(image._replace(digest="")))
        if _tag(image.tag):
            names.append(image.name)
    return tuple(dict.fromkeys(names))


def split(value: str, path: str) -> Used:
    """An image taken apart as Kustomize does it: the name stays as it is written."""
    rest, _, digest = value.partition("@")
    colon = rest.rfind(":")
    if colon <= rest.rfind("/"):
        return Used(rest, "", digest, path)
    return Used(rest[:colon], rest[colon + 1 :], digest, path)


def entries(root: Node, path: str) -> Iterator[Entry]:
    """The entries of `images:` (`imageTags:` in old files) that name an image."""
    for node in (*select(root, "imageTags", "*"), *select(root, "images", "*")):
        for entry in _entry(node, path):
            converted = next((key for key, value in entry.at.items() if not isinstance(value.resolved, str)), "")
            yield entry._replace(converted=converted)


def transformers(roots: Iterable[Node], path: str) -> Iterator[Entry]:
    """The entries of the transformers among the documents of the file at `path`."""
    for root in roots:
        if text(root.get("kind")) == "ImageTagTransformer" and text(root.get("apiVersion")) == "builtin":
            for node in select(root, "imageTag"):
                yield from _entry(node, path)


def _entry(node: Node, path: str) -> Iterator[Entry]:
    at = {key: value for key in KEYS if text(value := node.get(key)) and value is not None}
    if "name" in at:
        said = {key: _spelled(value) for key, value in at.items()}
        name, new_name, tag, suffix, digest = (said.get(key, "") for key in ("name", "newName", "newTag", "tagSuffix", "digest"))
        yield Entry(name, new_name, tag, suffix, digest, at, path)


def _spelled(node: Node) -> str:
    """A scalar as a field of a text gets it: 1.20 is 1.2."""
    value = node.resolved
    return value if isinstance(value, str) else str(value).lower().removesuffix(".0")


def replaced(image: Used, entry: Entry) -> Used:
    """What an entry makes of an image that it fits."""
    name = entry.new_name or image.name
    if entry.new_tag or entry.digest:
        return split(str(Used(name, entry.new_tag, entry.digest, "")), entry.path)
    if entry.suffix:
        return split(str(Used(name, (image.tag + entry.suffix)[:_LONGEST_TAG], "", "")), entry.path)
    return split(str(image._replace(name=name)), image.path)


class Images:
    """Images on their way through entries: `now` as they are, in the order in which they came."""

    def __init__(self) -> None:
        self.now: list[Used] = []
        self._named: dict[str, list[int]] = {}
        self._noted = 0  # how many of them are in `_named`: most kustomizations have no entry that asks
        self._steps = _STEPS_LIMIT

    def add(self, images: Iterable[Used]) -> None:
        """More images, for the entries that come after."""
        self.now += images

    def _note(self, number: int, image: Used) -> None:
        for name in image.names:
            self._named.setdefault(name, []).append(number)

    def apply(self, entry: Entry) -> list[tuple[int, Used]]:
        """Changes every image that the entry fits: (its number, what it was before)."""
        if not entry.changes:
            return []
        if self._steps <= 0:
            raise Exceeded(f"its entries change images more than {_STEPS_LIMIT:,} times, so what becomes of them is not judged", 0)
        for number in range(self._noted, len(self.now)):
            self._note(number, self.now[number])
        self._noted = len(self.now)
        numbers = dict.fromkeys(self._named.pop(entry.name, ()))
        fitting = [(number, self.now[number]) for number in numbers if entry.name in self.now[number].names]
        self._steps -= len(numbers)
        for number, image in fitting:
            self.now[number] = replaced(image, entry)
            self._note(number, self.now[number])
        return fitting

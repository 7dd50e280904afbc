"""A Dockerfile inside a YAML file, as a block scalar: the images that it builds on and copies from, at their places there.

Knows stages, literal names and where the lines of a block stand; must not know which key holds the block.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.oci.written import unknown_image
from pinlint.model import Artifact, Reference, Span
from pinlint.syntax.dockerfile import Word, instructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.syntax.dockerfile import Instruction
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["inline_dockerfile"]

_FROM = re.compile(r"(?:^|,)from=([^,\"]+)")


def inline_dockerfile(node: Node, document: Document, contexts: Iterable[str] = ()) -> Iterator[Reference]:
    """The images of every FROM, `COPY --from` and `RUN --mount=from=`; one unknown where the lines cannot be told apart.

    `contexts` are the names that the build gives to folders and images: they ask for nothing here.
    """
    if node.kind != "scalar" or not node.value.strip():
        return
    spend(len(node.value))  # as a build may be that of many services
    starts = _line_starts(node, document)
    if starts is None:
        yield unknown_image(node, document, "inline Dockerfile", "only a literal block (`|`) keeps the lines of a Dockerfile apart")
        return
    begins, offsets = starts
    stages = {name.lower() for name in contexts}
    for instruction in instructions(node.value):
        for word, role in _named(instruction):
            span = instruction.span(word.start, word.end)
            place = _moved(span, begins, offsets)
            found = _judged(word.text, place, role, stages)
            together = place.end - place.start == len(word.text)
            yield found if together else found._replace(site=None, notation="")
        if instruction.keyword == "from":
            words = instruction.words(instruction.flags()[1])
            stages.add(words[2].text.lower() if len(words) > 2 and words[1].text.lower() == "as" else "")


def _line_starts(node: Node, document: Document) -> tuple[list[int], list[int]] | None:
    """Where each line of the scalar begins, in its value and in the document; None if they are not the same lines."""
    inner = node.inner
    if document.text[inner.start : inner.end] == node.value and "\n" not in node.value:
        return [0], [inner.start]
    if node.style != "|":
        return None
    begins, offsets = [], []
    at, here = 0, document.text.find("\n", node.start) + 1
    for line in node.value.split("\n")[:-1] if node.value.endswith("\n") else node.value.split("\n"):
        end = document.text.find("\n", here)
        end = len(document.text) if end < 0 else end
        written = document.text[here:end].removesuffix("\r")
        if not here or not written.endswith(line):
            return None
        begins.append(at)
        offsets.append(here + len(written) - len(line))
        at, here = at + len(line) + 1, end + 1
    return (begins, offsets) if begins else None


def _moved(span: Span, begins: list[int], offsets: list[int]) -> Span:
    first, last = (bisect_right(begins, at) - 1 for at in (span.start, max(span.start, span.end - 1)))
    return Span(offsets[first] + span.start - begins[first], offsets[last] + span.end - begins[last])


def _named(instruction: Instruction) -> Iterator[tuple[Word, str]]:
    """The words of an instruction that name an image, with their roles."""
    flags, rest = instruction.flags()
    if instruction.keyword == "from":
        yield from ((word, "base image") for word in instruction.words(rest)[:1])
    for flag in flags:
        if flag.name == "from" and instruction.keyword == "copy":
            yield Word(flag.value, flag.start, flag.end), "copied image"
        elif flag.name == "mount" and instruction.keyword == "run" and (found := _FROM.search(flag.value)):
            yield Word(found[1], flag.start + found.start(1), flag.start + found.end(1)), "mounted image"


def _judged(text: str, span: Span, role: str, stages: set[str]) -> Reference:
    if text.lower() in stages or text == "scratch" or (role != "base image" and (text.isdigit() or not re.search("[/:@.]", text))):
        return Reference(
            Artifact("image", text), "", (), "local", span, role, f"{text} is a stage or context of this build, or built in"
        )
    if "$" in text:
        return Reference(Artifact("image", text), "", (), "unknown", span, role, "a variable chooses it")
    return image_at(text, span, role)

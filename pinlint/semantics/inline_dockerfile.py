"""A Dockerfile inside another file: the images that it builds on and copies from, at their places there.

Knows stages, arguments and their defaults; must not know which key holds the text, nor how it is written there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.build_arguments import Variables
from pinlint.syntax.dockerfile import Instruction, Word, escape_of, instructions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinlint.syntax.placed import Placed
    from pinlint.text import Document

__all__ = ["inline_dockerfile"]

_FROM = re.compile(r"(?:^|,)from=([^,\"]+)")


def inline_dockerfile(
    text: Placed, document: Document, contexts: Iterable[str] = (), given: Mapping[str, str | None] | None = None
) -> Iterator[Reference]:
    """The images of every FROM, `COPY --from` and `RUN --mount=from=`.

    `contexts` are the names that the build gives to folders and images: they ask for nothing here. `given` are its arguments.
    """
    if not text.text.strip():
        return
    spend(len(text.text))  # as a build may be that of many services
    build = _Build(Variables(escape_of(text.text), given), contexts)
    for instruction in instructions(text.text):
        if instruction.keyword == "arg":
            build.variables.argument(instruction, in_stage=build.begun)
        for word, role in _named(instruction):
            span = instruction.span(word.start, word.end)
            place = text.span(span.start, span.end)
            found = build.judged(word.text, place, role)
            together = document.text[place.start : place.end] == word.text
            yield found if together else found._replace(span=place).unpinnable()
        if instruction.keyword == "from":
            build.enter(instruction)


class _Build:
    """What is known at some instruction: the variables, and the names of stages and contexts so far."""

    def __init__(self, variables: Variables, contexts: Iterable[str]) -> None:
        self.variables = variables
        self.stages = {name.lower() for name in contexts}
        self.begun = False

    def enter(self, instruction: Instruction) -> None:
        """A new stage begins."""
        self.begun = True
        words = instruction.words(instruction.flags()[1])
        if len(words) > 2 and words[1].text.lower() == "as":
            self.stages.add(words[2].text.lower())

    def judged(self, text: str, span: Span, role: str) -> Reference:
        if role == "base image" and re.search("[$\"']", text):
            return self.filled(text, span, role)
        other = role != "base image" and "$" not in text and re.search("[/:@.]", text) is None
        if other or text.lower() in self.stages or text == "scratch":
            why = f"{text} is a stage or context of this build, or built in"
            return Reference(Artifact("image", text), "", (), "local", span, role, why)
        if "$" in text:
            why = "--from does not expand variables, so the build refuses it: name a stage that does (FROM … AS …)"
            return Reference(Artifact("image", text), "", (), "unknown", span, role, why, refused=True)
        return image_at(text, span, role)

    def filled(self, text: str, span: Span, role: str) -> Reference:
        """A base image whose text comes from arguments of the build and defaults."""
        expansion = self.variables.in_base(text)
        if expansion.missing or expansion.malformed:
            why = expansion.malformed or f"nothing in the repository says what {' and '.join(expansion.missing)} is"
            return Reference(Artifact("image", text), "", (), "unknown", span, role, why)
        if re.search("[$\"']", expansion.text):
            return Reference(Artifact("image", text), "", (), "unknown", span, role, "a variable chooses it")
        found = self.judged(expansion.text, span, role)
        return found._replace(span=span, refused=False).unpinnable()


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

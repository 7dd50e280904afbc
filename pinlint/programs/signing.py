"""What cosign, notation, gh and slsa-verifier sign, verify and copy, by what `vendors` knows of their command lines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.acts import Act, of_image
from pinlint.programs.image_names import named
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.vendors import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.image_names import Named
    from pinlint.programs.words import Invocation, Word

__all__ = ["acts"]


@cache
def _table(program: str) -> Options:
    return options("", commands(program)[1], other="always")


def acts(call: Invocation) -> Iterator[Act]:
    """What a call signs, verifies or copies. Files that are verified are no images, but somebody's all the same."""
    known, table = commands(call.program)[0], _table(call.program)
    name, words = subcommand(call.words, known, table)
    verb = known.get(name, "")
    if not verb:
        return
    asked = given(words, table)
    images = of_image(asked.operands, call) if verb != "blob" else []
    if verb == "copy":
        if len(images) > 1:
            yield Act("copy", call, images[:1], [images[1][1]], asked.options)
            yield Act("push", call, images[1:2], [], asked.options)
        return
    if verb == "sign":
        images = [one for image in images for one in _listed(image, call)]
    yield Act("verify" if verb == "blob" else verb, call, images, [], asked.options)


def _listed(image: tuple[Word, Named], call: Invocation) -> list[tuple[Word, Named]]:
    """An image, or those of the list that its word stands for: the first that is named by its tag."""
    word, found = image
    if found.how != "unknown" or word.clear or call.script is None:
        return [image]
    from pinlint.programs.listed import listed  # few scripts sign from lists

    held = [named(one) for one in listed(word, call.script.text)]
    return [(word, one) for one in held if one.how == "tag"][:1] or [image]

"""What cosign, notation, gh and slsa-verifier sign, verify and copy, by what `vendors` knows of their command lines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.acts import Act, of_image
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.vendors import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Invocation

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
    yield Act("verify" if verb == "blob" else verb, call, images, [], asked.options)

"""What cosign, notation, gh and slsa-verifier sign, verify and copy.

Sources: the helps of notation 2.0, gh 2.60 and slsa-verifier 2.7 (2026-08), whose options that take no word are listed, all others
take one; those of cosign stand in `cosign_options`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.acts import Act, of_image
from pinlint.programs.cosign_options import SWITCHES
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Invocation

__all__ = ["acts"]

_NOTATION = "--oci-layout --insecure-registry --force-referrers-tag --allow-referrers-api -d --debug -v --verbose -h --help"
_GH = "--bundle-from-oci --deny-self-hosted-runners --no-public-good -h --help"
#: By program: its subcommands with what they do, and its options that take no word.
_COMMANDS = {
    "cosign": (
        {"sign": "sign", "attest": "sign", "verify": "verify", "verify-attestation": "verify", "verify-blob": "blob",
         "verify-blob-attestation": "blob", "copy": "copy"},
        SWITCHES,
    ),
    "notation": ({"sign": "sign", "verify": "verify"}, _NOTATION),
    "gh": ({"attestation ": "", "attestation verify": "verify", "at ": "", "at verify": "verify"}, _GH),
    "slsa-verifier": ({"verify-image": "verify"}, "--print-provenance"),
}  # fmt: skip


@cache
def _table(program: str) -> Options:
    return options("", _COMMANDS[program][1], other="always")


def acts(call: Invocation) -> Iterator[Act]:
    """What a call signs, verifies or copies. Files that are verified are no images, but somebody's all the same."""
    known, table = _COMMANDS[call.program][0], _table(call.program)
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

"""What other tools read of the pins that a repository has: a word here, and a module of that name with a `write`.

An export is made of `Asked`: every reference of the files, with the file and its format.
"""

from __future__ import annotations

from typing import NamedTuple

from pinlint.model import Reference

__all__ = ["EXPORTS", "Asked", "Digests", "Made"]

#: By the word of the command line, what it is.
EXPORTS = {
    "buildkit-policy": "a source policy of BuildKit: images of Dockerfiles by digest, the Dockerfiles as they are",
    "digests": "name, tag and digest of everything that has one, as JSON lines",
    "renovate": "package rules of Renovate that keep what is pinned current",
}


class Asked(NamedTuple):
    """A reference, the path of its file, and the format that the file was read as."""

    path: str
    format: str
    reference: Reference

    @property
    def digest(self) -> str:
        """The digest or commit that is written, "" where none counts."""
        one = self.reference
        return one.digests[0] if one.verdict == "digest" and one.digests else ""

    @property
    def tag(self) -> str:
        """The version that is written, without a digest."""
        one = self.reference
        return "" if one.version in one.digests else one.version.partition("@")[0]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells what is asked for: kind, name, source and version."""
        kind, name, source = self.reference.artifact
        floating = kind == "image" and self.reference.verdict == "floating"
        return kind, name, source, self.tag or ("latest" if floating else "")


#: Digests that are known, by what is asked for (`Asked.key`).
Digests = dict[tuple[str, str, str, str], str]


class Made(NamedTuple):
    """An export: the text, and what was left out of it, by reason."""

    text: str
    left: dict[str, int]

"""Which digests tags have now, asked of registries as `--fix` asks, and why some are not known.

Knows questions and answers; must not know what becomes of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pinlint.exports import Asked, Digests
from pinlint.fix.answers import resolved
from pinlint.formats import Format
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Resolve
from pinlint.questions import questions
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["answered"]


def answered(
    read: Sequence[tuple[Document, Format, list[Reference]]], tree: Tree, resolve: Resolve, kinds: Sequence[str]
) -> tuple[Digests, dict[str, list[str]]]:
    """(the digest of each tag of these kinds that a registry knows, by what is asked for; by reason the names of the others)."""
    wanted: list[tuple[tuple[str, str, str, str], Question]] = []
    for document, format_, references in read:
        some = [one for one in references if one.artifact.kind in kinds and one.verdict in ("tag", "floating")]
        for one, question in zip(some, questions(some, document, tree) if some else (), strict=True):
            wanted.append((Asked(document.path, format_.name, one).key, question))
    answers = resolved((question for _, question in wanted), resolve)
    found: Digests = {}
    left: dict[str, dict[str, None]] = {}
    for key, question in wanted:
        answer = answers[question]
        if isinstance(answer, Pin) and answer.digests and not answer.unsafe:
            found[key] = answer.digests[0]
        elif isinstance(answer, NoPin):
            left.setdefault(answer.why, {})[":".join(filter(None, (key[1], key[3])))] = None
    return found, {why: list(names) for why, names in left.items()}

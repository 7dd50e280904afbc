"""Which registries a lock and the .npmrc beside it name, for each entry of the lock."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from contextlib import suppress

from pinlint.ecosystems.npm.configuration import Locked, scope, settings
from pinlint.model import KeyPath, Reference
from pinlint.question import Question
from pinlint.syntax.json import load
from pinlint.syntax.syml import load as of_yarn
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["questions"]


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For each of a lock's references with what the lock and the .npmrc beside it say."""
    classic = document.path.endswith("yarn.lock")
    lock = of_yarn(document.text) if classic else load(document.text)
    own = {}
    with suppress(Unread):
        own = settings(tree.read(join(document.path, ".npmrc")).text)
    found = []
    for reference in references:
        entry: object = lock
        for key in reference.span.keys if isinstance(reference.span, KeyPath) else ():
            entry = entry.get(key) if isinstance(entry, dict) else None
        fields = entry if isinstance(entry, dict) else {}
        resolved = fields.get("resolved") or (fields.get("version") if not reference.version else "")
        scoped = own.get(f"{scope(reference.artifact.name)}:registry", "")
        told = Locked(resolved if isinstance(resolved, str) else "", scoped, own.get("registry", ""))
        question = Question.about(reference)._replace(directions=told)
        found.append(_of_yarn(question, told.resolved) if classic else question)
    return found


def _of_yarn(question: Question, resolved: str) -> Question:
    """The question with all that the lock of yarn 1 holds of the bytes: the integrity, and the sha1 behind the address as one.

    yarn checks both, so a registry has to agree with both.
    """
    written = tuple(one for one in question.digests if "-" in one)
    fragment = resolved.partition("#")[2]
    if not re.fullmatch("[0-9a-f]{40}", fragment):
        return question._replace(digests=written)
    behind = f"sha1-{base64.b64encode(bytes.fromhex(fragment)).decode('ascii')}"
    known = [one.partition("?")[0] for text in written for one in text.split() if one.startswith("sha1-")]
    problem = "its integrity and the sha1 behind its address are not of the same bytes; find out which is right"
    return question._replace(digests=(*written, behind), problem=problem if known and known != [behind] else "")

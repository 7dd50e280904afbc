"""Which registries a lock and the .npmrc beside it name, for each entry of the lock."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pinlint.ecosystems.npm.configuration import Locked, scope, settings
from pinlint.model import KeyPath, Reference
from pinlint.question import Question
from pinlint.syntax.json import load
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["questions"]


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For each of a lock's references with what the lock and the .npmrc beside it say."""
    lock = load(document.text)
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
        found.append(Question.about(reference)._replace(directions=told))
    return found

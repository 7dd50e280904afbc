"""The questions about what a file names: for each reference what the repository's own files say about where to ask.

Between the files, which anybody may have written, and `ecosystems/*/configuration`, which is the user's: an address may come from
here, a login never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from pinlint.model import Reference
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["questions"]

#: Kinds of which a repository's files may say where to ask; each has a module here with such a function.
_TOLD = frozenset(("git", "maven", "npm", "pypi"))


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """What a registry is asked about each of a document's references."""
    asked = [Question.about(reference) for reference in references]
    for kind in _TOLD & {question.kind for question in asked}:
        numbers = [number for number, question in enumerate(asked) if question.kind == kind]
        of_kind = import_module(f"pinlint.questions.{kind}").questions
        made: list[Question] = of_kind([references[number] for number in numbers], document, tree)
        for number, question in zip(numbers, made, strict=True):
            asked[number] = question
    return asked

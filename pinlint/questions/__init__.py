"""The questions about what a file names: for each reference what the repository's own files say about where to ask.

Between the files, which anybody may have written, and `ecosystems/*/configuration`, which is the user's: an address may come from
here, a login never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from pinlint.model import Reference
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["questions"]


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """What a registry is asked about each of a document's references. A kind of which files may say where to ask has a module here
    with such a function."""
    asked = [Question.about(reference) for reference in references]
    for kind in {question.kind for question in asked}:
        if not find_spec(f"{__name__}.{kind}"):
            continue
        numbers = [number for number, question in enumerate(asked) if question.kind == kind]
        of_kind = import_module(f"{__name__}.{kind}").questions
        made: list[Question] = of_kind([references[number] for number in numbers], document, tree)
        for number, question in zip(numbers, made, strict=True):
            asked[number] = question
    return asked

"""Images that steps of a workflow hand to actions that deploy them.

Knows steps; which input of an action that is `vendors` knows, and how an image is judged that something is told to run `deploying`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.programs.deploying import told
from pinlint.programs.image_names import named_as
from pinlint.programs.vendors import input_of
from pinlint.programs.words import Invocation, Word
from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.workflow_outputs import Outputs
from pinlint.semantics.workflow_steps import jobs_of, steps_of
from pinlint.syntax.placed import scalar
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["deployed"]

_IMAGE = re.compile(r"(?:\$\{\{.*?\}\}|[^\s,])+")


def deployed(root: Node, document: Document) -> Iterator[Reference]:
    """The images that the steps deploy."""
    if is_test(document.path):
        return
    outputs = Outputs(root)
    for job in jobs_of(root):
        for step in steps_of(job):
            uses, given = step.get("uses"), step.get("with")
            if uses is None or given is None or uses.kind != "scalar":
                continue
            key = input_of(uses.value.strip().partition("@")[0].lower())
            for name, node in given.items() if key else ():
                if name.value.lower() == key and node.kind == "scalar" and literal(node):
                    yield from _images(node, document, outputs.named(job, step, node.value))


def _images(node: Node, document: Document, known: list[tuple[str, str]]) -> Iterator[Reference]:
    text = scalar(node, document)
    beside = Script("", [], "", "ci", partial=tuple(known))
    for found in _IMAGE.finditer(text.text):
        span = text.span(found.start(), found.end())
        exact = document.text[span.start : span.end] == found[0]
        word, call = Word(found[0], span, exact, "${{" not in found[0]), Invocation("", [], span, script=beside)
        for reference in told(word, named_as(word, call), call):
            yield reference._replace(command="build")

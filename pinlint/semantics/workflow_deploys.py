"""Images that steps of a workflow hand to actions that deploy them.

Knows the inputs of these actions, read from the action.yml of each on 2026-11-30; how an image is judged that something is told to
run, `deploying` knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.programs.deploying import told
from pinlint.programs.words import Word
from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.workflow_steps import jobs_of, steps_of
from pinlint.syntax.placed import scalar
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["deployed"]

#: By action, its input that names images, one a line or between commas.
_INPUTS = {
    "aws-actions/amazon-ecs-render-task-definition": "image",
    "azure/container-apps-deploy-action": "imagetodeploy",
    "azure/k8s-deploy": "images",
    "azure/webapps-deploy": "images",
    "google-github-actions/deploy-cloudrun": "image",
}
_IMAGE = re.compile(r"(?:\$\{\{.*?\}\}|[^\s,])+")


def deployed(root: Node, document: Document) -> Iterator[Reference]:
    """The images that the steps deploy."""
    if is_test(document.path):
        return
    for job in jobs_of(root):
        for step in steps_of(job):
            uses, given = step.get("uses"), step.get("with")
            if uses is None or given is None or uses.kind != "scalar":
                continue
            key = _INPUTS.get(uses.value.strip().partition("@")[0].lower())
            for name, node in given.items() if key else ():
                if name.value.lower() == key and node.kind == "scalar" and literal(node):
                    yield from _images(node, document)


def _images(node: Node, document: Document) -> Iterator[Reference]:
    text = scalar(node, document)
    for found in _IMAGE.finditer(text.text):
        span = text.span(found.start(), found.end())
        exact = document.text[span.start : span.end] == found[0]
        for reference in told(Word(found[0], span, exact, "${{" not in found[0])):
            yield reference._replace(command="build")

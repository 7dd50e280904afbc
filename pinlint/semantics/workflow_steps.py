"""The steps of workflows and actions with the job around them, and names that expressions make up.

Knows the contexts that one file can tell: `env`, and those that stand for the repository itself; must not know what a step does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["EXPRESSION", "OWNER", "REPOSITORY", "jobs_of", "joined", "named", "steps_of"]

#: What stands for the owner and the name of the repository, which no file of it can say.
OWNER, REPOSITORY = "<owner>", "<repository>"
EXPRESSION = re.compile(r"\$\{\{\s*(.{0,200}?)\s*\}\}")
_OWN = {
    "github.repository_owner": OWNER,
    "github.event.repository.owner.login": OWNER,
    "github.repository": f"{OWNER}/{REPOSITORY}",
    "github.event.repository.full_name": f"{OWNER}/{REPOSITORY}",
    "github.event.repository.name": REPOSITORY,
}
_LINKS = 3  # of variables made of variables
_LONGEST, _LONGEST_LIST = 500, 4_000


def jobs_of(root: Node) -> list[Node]:
    """The jobs of a workflow, or what a composite action runs."""
    return [*select(root, "jobs", "*"), *select(root, "runs")]


def steps_of(job: Node) -> Iterator[Node]:
    """The steps of a job, each once."""
    yield from select(job, "steps", "*")


def joined(text: str) -> str:
    """The text without blanks in its expressions, so that what divides lists stands in none."""
    return EXPRESSION.sub(r"${{\1}}", text[:_LONGEST_LIST])


def named(text: str, root: Node, job: Node) -> str:
    """What a text with expressions amounts to; "" where that cannot be told from the file."""
    for _ in range(_LINKS):
        if "${{" not in text:
            return text.strip()
        text = EXPRESSION.sub(lambda found: _value(found[1], root, job), text)[:_LONGEST]
    return "" if "${{" in text or "\0" in text else text.strip()


def _value(expression: str, root: Node, job: Node) -> str:
    """What an expression stands for; a NUL for one that cannot be told."""
    if expression in _OWN:
        return _OWN[expression]
    context, _, name = expression.partition(".")
    if context == "env" and re.fullmatch(r"[\w-]+", name):
        for outer in (job, root):
            for node in select(outer, "env", name):
                return node.value if node.kind == "scalar" else "\0"
    return "\0"

"""The names that a text of a workflow may amount to: one for each value of a matrix or of an output of a step.

Knows `matrix`, and outputs as `workflow_outputs` tells them; must not know what is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.semantics.workflow_steps import EXPRESSION, OWNER, REPOSITORY, named
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from pinlint.semantics.workflow_outputs import Outputs
    from pinlint.syntax.yaml import Node

__all__ = ["several"]

_MOST, _LONGEST = 50, 500
#: How scripts write the repository's own name, which registries want in small letters; those that compare names do so, too.
_OWN = re.compile(r"\$\{GITHUB_REPOSITORY(_OWNER)?(?:,,|@L)?\}|\$\{\{ ?GITHUB_REPOSITORY(_OWNER)? ?\}\}")
_LOWERED = re.compile(
    r"\$\(\s{0,9}echo\s{1,9}(?:-n\s{1,9})?[\"']?([^\"'|()\n]{1,200}?)[\"']?\s{0,9}\|\s{0,9}tr\s{1,9}[\"']?(?:A-Z|\[:upper:\]|\[A-Z\])[\"']?"
    r"\s{1,9}[\"']?(?:a-z|\[:lower:\]|\[a-z\])[\"']?\s{0,9}\)"
)


def several(text: str, root: Node, job: Node, outputs: Outputs) -> list[str]:
    """What a text with expressions may amount to; nothing where one of them cannot be told."""
    made = [text]
    for found in list(EXPRESSION.finditer(text))[:_MOST]:
        values = _values(found[1], job, outputs)
        if values:
            made = [one.replace(found[0], value)[:_LONGEST] for one in made for value in values][:_MOST]
    names = [named(_own(one), root, job) for one in made]
    return list(dict.fromkeys(names)) if all(name and "$" not in name for name in names) else []


def _own(text: str) -> str:
    text = _LOWERED.sub(r"\1", text)
    return _OWN.sub(lambda found: OWNER if found[1] or found[2] else f"{OWNER}/{REPOSITORY}", text)


def _values(expression: str, job: Node, outputs: Outputs) -> list[str]:
    context, _, path = expression.partition(".")
    if context == "matrix":
        return _matrix(path.split("."), job)
    return outputs.values(job, expression) if context in ("steps", "needs") else []


def _matrix(path: list[str], job: Node) -> list[str]:
    """The values of a key of the job's matrix; nothing where one of them only the run knows."""
    nodes = [*select(job, "strategy", "matrix", path[0], "*", *path[1:]), *select(job, "strategy", "matrix", "include", "*", *path)]
    known = all(node.kind == "scalar" and "${{" not in node.value for node in nodes)
    computed = any(
        node is not None and node.kind == "scalar"
        for one in select(job, "strategy", "matrix")
        for node in (one, one.get("include") if one.kind == "mapping" else None)
    )
    return [node.value for node in nodes] if known and not computed else []

"""Taskfiles: the commands of tasks, and those whose output becomes a variable.

Source: taskfile.dev/docs/reference/schema (`cmds`, `cmd`, `sh`, `status`, `preconditions`); its shell is mvdan/sh.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from pinlint.model import Fact, Script, Span
from pinlint.semantics.scripts import placed
from pinlint.syntax.scalars import filled, scalar
from pinlint.syntax.yaml import literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USED = r"\{\{\s*\.(?P<name>\w+)\s*\}\}"
_LONGEST = 200  # characters of a value that is filled in


def references(document: Document, tree: Tree) -> Iterator[Script | Fact]:  # noqa: ARG001
    """What the tasks run."""
    roots = read(document)
    if not any(root.get("tasks") is not None or root.get("version") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no Taskfile: it has no tasks")
        return
    for root in roots:
        shared = _values(root)
        for key, task in ((key, task) for tasks in select(root, "tasks") for key, task in tasks.items()):
            values: Mapping[str, str] = ChainMap(_values(task), shared) if task.get("vars") is not None else shared
            for node in _commands(task):
                yield _script(node, key.value, document, values)
        for node in select(root, "vars", "*", "sh"):
            if node.kind == "scalar":
                yield _script(node, "vars", document, shared)


def _commands(task: Node) -> Iterator[Node]:
    """The scalars that are commands of a task; a task may be one command, or a list of them."""
    lists = [task] if task.kind != "mapping" else [one for key in ("cmds", "cmd", "status") for one in task.every(key)]
    for one in lists:
        for entry in one.elements or [one]:
            held = [entry] if entry.kind == "scalar" else [node for key in ("cmd", "defer") for node in entry.every(key)]
            yield from (node for node in held if node.kind == "scalar")
    yield from (node for key in ("preconditions", "vars") for node in select(task, key, "*", "sh") if node.kind == "scalar")


def _values(holder: Node) -> dict[str, str]:
    """The variables that are set to a text."""
    given = holder.get("vars")
    pairs = given.items() if given is not None else ()
    return {
        key.value: value.value
        for key, value in pairs
        if value.kind == "scalar" and 0 < len(value.value) <= _LONGEST and "{{" not in value.value and literal(value)
    }


def _script(node: Node, task: str, document: Document, values: Mapping[str, str]) -> Script:

    written = filled(scalar(node, document.text), _USED, lambda one: values.get(one["name"]))
    return placed(written, Script("", [], "sh", "script", f"task {task}", task, foreign="task"))

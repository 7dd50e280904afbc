"""Expressions in the place of an image: `${{ matrix.image }}`, `node:${{ inputs.version || '22' }}`. Which texts may stand there.

Knows contexts whose values a workflow itself holds (matrix, defaults of inputs, env); must not know what the texts mean.
Source: GitHub's documentation of contexts, of expressions and of `jobs.<job_id>.strategy.matrix`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["Scope", "Value", "combinations", "expand", "leaves"]

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\|\||&&|[(),]|[^'|&(),]+|.", re.DOTALL)
_QUOTED = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
_CASE = re.compile(r"case\s*\((.*)\)", re.DOTALL | re.IGNORECASE)
_LONGEST = 2000  # characters of an expression that is taken apart
_DEEPEST = 20  # parentheses in it
_MOST = 4096  # combinations of a matrix, before any is excluded; GitHub runs 256
_NOTHING = ("null", "false", "''", "")


class Value(NamedTuple):
    """A text that may stand where the expression does. `node` is the scalar that holds it alone and entirely, if there is one;
    `where` how the expression names that scalar. `why` says why the text is not known ("" = it is)."""

    text: str
    node: Node | None = None
    where: str = ""
    why: str = ""


class Scope(NamedTuple):
    """What the names of an expression stand for in one job: a matrix, and the scalars behind `inputs.X` and `env.X`."""

    matrix: Node | None
    names: dict[str, Node]


def expand(text: str, scope: Scope) -> list[Value]:
    """Every text that `text` may become, each once, in the order of the matrix; "" where nothing stands."""
    pieces = _EXPRESSION.split(text)  # literal, expression, literal, …
    alone = len(pieces) == 3 and not pieces[0].strip() and not pieces[2].strip()
    found: dict[tuple[str, int, str], Value] = {}
    rows = _rows(scope.matrix) if "matrix" in text else None
    for row in rows if rows is not None else [None]:
        for value in _texts(pieces, row, scope) if not alone else _values(pieces[1], row, scope):
            found.setdefault((value.text, id(value.node), value.why), value)
    return list(found.values())


def _texts(pieces: list[str], row: dict[str, Node] | None, scope: Scope) -> Iterator[Value]:
    """The whole texts for one combination of the matrix."""
    made = [Value("")]
    for number, piece in enumerate(pieces):
        options = [Value(piece)] if number % 2 == 0 else list(_values(piece, row, scope))
        made = [Value(before.text + after.text, why=before.why or after.why) for before in made for after in options][:_MOST]
    yield from made


def _values(expression: str, row: dict[str, Node] | None, scope: Scope) -> Iterator[Value]:
    """The values of one expression for one combination of the matrix."""
    for leaf in leaves(expression):
        if quoted := _QUOTED.fullmatch(leaf):
            yield Value(quoted[1].replace("''", "'"))
        elif leaf in _NOTHING:
            yield Value("")
        elif leaf.startswith("matrix."):
            yield _of_matrix(leaf, row, scope)
        elif (node := scope.names.get(leaf)) is not None:
            yield _of_node(leaf, node)
        else:
            yield _unknown(leaf)


def _of_matrix(leaf: str, row: dict[str, Node] | None, scope: Scope) -> Value:
    first, *rest = leaf.split(".")[1:]
    if row is None:
        return _unknown(leaf)
    node = row.get(first)
    if node is None:
        return _unknown(leaf) if _computed(scope.matrix, first) else Value("")
    for key in rest:
        inner = node.get(key)
        if inner is None:
            return _unknown(leaf) if node.kind == "scalar" else Value("")
        node = inner
    return _of_node(leaf, node)


def _of_node(leaf: str, node: Node) -> Value:
    if node.kind != "scalar" or "${{" in node.value:
        return _unknown(leaf)
    return Value("" if node.is_null else node.value, node, leaf)


def _unknown(leaf: str) -> Value:
    shown = " ".join(leaf.split())
    return Value("", why=f"{shown if len(shown) < 80 else shown[:79] + '…'} gets its value when the workflow runs")


def leaves(expression: str) -> list[str]:
    """What an expression can amount to: both sides of `||`, the right one of `&&`, the results of `case`. One leaf if it is no
    choice."""
    return _leaves(expression.strip(), 0) if len(expression) <= _LONGEST else [expression[:_LONGEST]]


def _leaves(expression: str, depth: int) -> list[str]:
    if depth == _DEEPEST:
        return [expression]
    choices = _split(expression, "||")
    if len(choices) > 1:
        return [leaf for choice in choices for leaf in _leaves(choice, depth + 1)]
    guarded = _split(expression, "&&")
    if len(guarded) > 1:
        return _leaves(guarded[-1], depth + 1)
    if expression.startswith("(") and expression.endswith(")"):
        return _leaves(expression[1:-1].strip(), depth + 1)
    if case := _CASE.fullmatch(expression):
        arguments = _split(case[1], ",")
        return [leaf for argument in (*arguments[1:-1:2], arguments[-1]) for leaf in _leaves(argument, depth + 1)]
    return [expression]


def _split(expression: str, operator: str) -> list[str]:
    """The parts between operators that stand in no parentheses and no quotes."""
    parts, level = [""], 0
    for token in _TOKEN.findall(expression):
        level += (token == "(") - (token == ")")  # noqa: S105 - no password
        if token == operator and level == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def _computed(matrix: Node | None, key: str) -> bool:
    """Whether a matrix may give `key` a value that only an expression knows."""
    values = [matrix.get(key), matrix.get("include")] if matrix is not None else []
    return any(value is not None and value.kind == "scalar" and "${{" in value.value for value in values)


def _rows(matrix: Node | None) -> list[dict[str, Node]] | None:
    if matrix is None or matrix.kind != "mapping":
        return None
    return combinations(matrix)


def combinations(matrix: Node) -> list[dict[str, Node]] | None:
    """The combinations of a matrix, `exclude` and `include` applied as GitHub applies them; keys that an expression computes
    are left out. None if there are more than any run has."""
    axes = [
        (key.value, value.elements) for key, value in matrix.items() if key.value not in ("include", "exclude") and value.elements
    ]
    rows: list[dict[str, Node]] = [{}] if axes else []
    for key, elements in axes:
        rows = [{**row, key: element} for row in rows for element in elements]
        if len(rows) > _MOST:
            return None
    excluded = [dict(_pairs(entry)) for entry in _entries(matrix, "exclude")]
    rows = [row for row in rows if not any(entry and _fits(entry.items(), row) for entry in excluded)]
    originals = [dict(row) for row in rows]
    names = {key for key, _ in axes}
    for entry in _entries(matrix, "include"):
        pairs = list(_pairs(entry))
        own = [(key, node) for key, node in pairs if key in names]
        joined = [row for row, original in zip(rows, originals, strict=False) if _fits(own, original)]
        for row in joined:
            row.update(pairs)
        if not joined and len(rows) < _MOST:
            rows.append(dict(pairs))
    return rows or [{}]


def _entries(matrix: Node, key: str) -> list[Node]:
    found = matrix.get(key)
    return found.elements if found is not None else []


def _pairs(entry: Node) -> Iterator[tuple[str, Node]]:
    return ((key.value, value) for key, value in entry.items())


def _fits(pairs: Iterable[tuple[str, Node]], row: dict[str, Node]) -> bool:
    return all((mine := row.get(key)) is not None and mine.kind == "scalar" and mine.value == node.value for key, node in pairs)

"""Expressions in the place of an image: `${{ matrix.image }}`, `node:${{ inputs.version || '22' }}`. Which texts may stand there.

Knows contexts whose values a workflow itself holds (matrix, defaults of inputs, env); must not know what the texts mean.
Source: GitHub's documentation of contexts, of expressions and of `jobs.<job_id>.strategy.matrix`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pinlint.budget import spend
from pinlint.syntax.yaml import Node

__all__ = ["Scope", "Value", "combinations", "expand", "occurrences"]

# Compiled where they are used: most expressions are names.
_EXPRESSION = r"(?s)\$\{\{(.*?)\}\}"
_TOKEN = r"(?s)'(?:[^']|'')*'|\|\||&&|[=!]=|[(),]|[^'|&(),=!]+|."  # noqa: S105 - of an expression
_QUOTED = r"(?s)'((?:[^']|'')*)'"
_TEST = r"(?si)(startsWith|endsWith|contains)\s*\((.*)\)"
_TESTS = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}
_NUMBER = r"[-+]?[0-9]{1,15}(?:\.[0-9]{0,15})?"
_OF_MATRIX = r"\bmatrix\.([\w-]+)"
_NAME = r"\b(?:matrix|inputs|env)\.[\w.-]+"
_CASE = r"(?si)case\s*\((.*)\)"
_LONGEST = 1000  # characters of an expression that is taken apart
_DEEPEST = 20  # parentheses in it
_MOST = 1024  # combinations of a matrix, before any is excluded
_RUN = 256  # combinations that GitHub runs
_STEPS = 5  # of an account, for a piece of a text
_LONGEST_TEXT = 4000  # characters of a text that holds expressions
_PIECES = 41  # literal and computed ones in turn, of a text that is put together
_TEXTS = 64  # texts of one place in one of them
_NOTHING = ("null", "false", "''", "")


class Value(NamedTuple):
    """A text that may stand where the expression does. `node` is the scalar that holds it alone and entirely, if there is one;
    `where` how the expression names that scalar. `why` says why the text is not known ("" = it is)."""

    text: str
    node: Node | None = None
    where: str = ""
    why: str = ""


class Scope(NamedTuple):
    """What the names of an expression stand for in one job: a matrix, and whatever `named` finds for `inputs.X` and `env.X`.
    `left` is how many combinations may still be looked at for the whole file: [number], counted down. `times` says how often
    the file reads a name."""

    matrix: Node | None
    named: Callable[[str], Node | None]
    left: list[int]
    times: Callable[[str], int]


def occurrences(text: str) -> Counter[str]:
    """How often each name of a context whose values stand in the file is read in it."""
    return Counter(re.findall(_NAME, text))


def expand(text: str, scope: Scope) -> list[Value]:
    """Every text that `text` may become, each once, in the order of the matrix; "" where nothing stands."""
    pieces = re.split(_EXPRESSION, text[:_LONGEST_TEXT])  # literal, expression, literal, …
    if len(pieces) > _PIECES or len(text) > _LONGEST_TEXT:
        return [_unknown("a text of very many expressions")]
    alone = len(pieces) == 3 and not pieces[0].strip() and not pieces[2].strip()
    found: dict[tuple[str, int, str], Value] = {}
    rows = _rows(scope.matrix) if "matrix" in text and scope.left[0] > 0 else None
    if rows is not None:
        named = sorted(set(re.findall(_OF_MATRIX, text)))
        different: dict[tuple[int, ...], dict[str, Node]] = {}
        for each in rows:
            different.setdefault(tuple(id(each.get(key)) for key in named), each)
        rows = list(different.values())
    scope.left[0] -= len(rows or ())
    spend(_STEPS * (1 + len(rows or ()) * len(pieces)))
    for row in rows if rows is not None else [None]:
        for value in _texts(pieces, row, scope) if not alone else _values(pieces[1], row, scope):
            found.setdefault((value.text, id(value.node), value.why), value)
    return list(found.values())


def _texts(pieces: list[str], row: dict[str, Node] | None, scope: Scope) -> Iterator[Value]:
    """The whole texts for one combination of the matrix."""
    made = [Value("")]
    for number, piece in enumerate(pieces):
        options = [Value(piece)] if number % 2 == 0 else _values(piece, row, scope)
        made = [Value(before.text + after.text, why=before.why or after.why) for before in made for after in options]
        if len(made) > _TEXTS:
            made = [_unknown("one of very many texts")]
    yield from made


def _values(expression: str, row: dict[str, Node] | None, scope: Scope) -> list[Value]:
    """The values of one expression for one combination of the matrix, those left out that its conditions rule out there."""
    if len(expression) > _LONGEST:
        return [_unknown(expression)]
    found, always = _alternatives(expression.strip(), row, scope, 0)
    return found if always or any(value.why for value in found) else [*found, Value("")]


def _alternatives(expression: str, row: dict[str, Node] | None, scope: Scope, depth: int) -> tuple[list[Value], bool]:
    """(what an expression can amount to but nothing, whether it always amounts to one of these): what stands behind `&&`, on both
    sides of `||`, in the results of `case`."""
    if depth == _DEEPEST:
        return [_unknown(expression)], False
    found: list[Value] = []
    for condition, result in _cases(expression):
        held = _truth(condition, row, depth + 1) if condition else True
        if held is False:
            continue
        if result == expression and not condition:
            value = _leaf(result, row, scope)
            return [value] if value.text or value.why else [], bool(value.text)
        values, always = _alternatives(result, row, scope, depth + 1)
        found += values
        if held and always:
            return found, True
    return found, False


@lru_cache(maxsize=1024)
def _cases(expression: str) -> list[tuple[str, str]]:
    """(condition, result) in the order in which they are tried; the condition is "" where there is none."""
    choices = _split(expression, "||")
    if len(choices) > 1:
        return [("", choice) for choice in choices]
    guarded = _split(expression, "&&")
    if len(guarded) > 1:
        return [(" && ".join(guarded[:-1]), guarded[-1])]
    if expression.startswith("(") and expression.endswith(")"):
        return [("", expression[1:-1].strip())]
    if case := re.fullmatch(_CASE, expression):
        arguments = _split(case[1], ",")
        return [*zip(arguments[:-1:2], arguments[1:-1:2], strict=False), ("", arguments[-1])]
    return [("", expression)]


def _leaf(leaf: str, row: dict[str, Node] | None, scope: Scope) -> Value:
    if quoted := re.fullmatch(_QUOTED, leaf):
        return Value(quoted[1].replace("''", "'"))
    if leaf in _NOTHING:
        return Value("")
    if leaf.startswith("matrix."):
        return _of_matrix(leaf, row, scope)
    node = scope.named(leaf)
    return _of_node(leaf, node) if node is not None and node.value else _unknown(leaf)


def _truth(condition: str, row: dict[str, Node] | None, depth: int) -> bool | None:
    """Whether a condition holds for a combination of the matrix; None where the matrix alone does not tell."""
    if depth >= _DEEPEST:
        return None
    for operator, decisive in (("||", True), ("&&", False)):
        parts = _split(condition, operator)
        if len(parts) > 1:
            held = [_truth(part, row, depth + 1) for part in parts]
            return decisive if decisive in held else None if None in held else not decisive
    if condition.startswith("(") and condition.endswith(")"):
        return _truth(condition[1:-1].strip(), row, depth + 1)
    if called := re.fullmatch(_TEST, condition):
        sides = [_operand(side, row) for side in _split(called[2], ",")]
        test = _TESTS[called[1].lower()]
        return test(sides[0], sides[1]) if len(sides) == 2 and sides[0] is not None and sides[1] is not None else None
    for operator in ("==", "!="):
        sides = [_operand(side, row) for side in _split(condition, operator)]
        if len(sides) == 2:
            same = _same(sides[0], sides[1])
            return same if same is None or operator == "==" else not same
    return None


def _operand(text: str, row: dict[str, Node] | None) -> str | None:
    """A text that is compared, in lower case as GitHub compares it; None where it is not known."""
    if quoted := re.fullmatch(_QUOTED, text):
        return quoted[1].replace("''", "'").lower()
    node = row.get(text.removeprefix("matrix.")) if row is not None and text.startswith("matrix.") else None
    return node.value.lower() if node is not None and node.kind == "scalar" and "${{" not in node.value else None


def _same(one: str | None, other: str | None) -> bool | None:
    if one is None or other is None:
        return None
    if one != other and re.fullmatch(_NUMBER, one) and re.fullmatch(_NUMBER, other) and float(one) == float(other):
        return None  # 3.1 is 3.10, if no quotes say otherwise
    return one == other


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
    number = node.resolved
    text = f"{number:.15g}" if isinstance(number, float) else node.value  # `3.10` is 3.1 to an expression
    return Value("" if node.is_null else text, node, leaf)


def _unknown(leaf: str) -> Value:
    shown = " ".join(leaf.split())
    return Value("", why=f"{shown if len(shown) < 80 else shown[:79] + '…'} gets its value when the workflow runs")


@lru_cache(maxsize=1024)
def _split(expression: str, operator: str) -> list[str]:
    """The parts between operators that stand in no parentheses and no quotes."""
    parts, level = [""], 0
    for token in re.findall(_TOKEN, expression):
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


@lru_cache(maxsize=4)  # each image of a job asks for them
def _rows(matrix: Node | None) -> list[dict[str, Node]] | None:
    """The combinations of a matrix; None where only an expression knows them, or GitHub refuses to run so many."""
    if matrix is None or matrix.kind != "mapping":
        return None
    rows = combinations(matrix)
    return rows if rows is None or len(rows) <= _RUN else None


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
    spend(len(rows) * len(excluded))
    rows = [row for row in rows if not any(entry and _fits(entry.items(), row) for entry in excluded)]
    originals = [dict(row) for row in rows]
    names = {key for key, _ in axes}
    for entry in _entries(matrix, "include"):
        pairs = list(_pairs(entry))
        own = [(key, node) for key, node in pairs if key in names]
        spend(len(rows))
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

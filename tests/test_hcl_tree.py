"""HCL as a tree: what is written out stands there, with its place, and what computes something says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.budget import Exceeded
from pinlint.syntax.hcl_tree import COMPUTED, Block, Call, body
from pinlint.syntax.nodes import Node, walk

LEAVES = st.one_of(
    st.integers(0, 10**6), st.booleans(), st.none(), st.text(st.characters(codec="ascii", exclude_characters='$%"\\'), max_size=5)
)
VALUES = st.recursive(
    LEAVES.filter(lambda leaf: not isinstance(leaf, str) or leaf.isprintable()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.from_regex(r"[a-z_]{1,4}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: Any, indent: str = "") -> str:
    if isinstance(value, dict):
        lines = "".join(f"{indent}  {json.dumps(key)} = {written(one, indent + '  ')}\n" for key, one in value.items())
        return f"{{\n{lines}{indent}}}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one, indent) for one in value) + "]"
    return json.dumps(value)


def said(node: Node) -> Any:
    if node.kind == "mapping":
        return {key.value: said(value) for key, value in node.pairs}
    if node.kind == "sequence":
        return [said(element) for element in node.elements]
    return node.resolved


@given(VALUES)
def test_what_is_written_out_is_read(value: Any) -> None:
    text = f"# {{\na = {written(value)}\n/* b = 1 */\n"
    (pair,) = body(text).pairs
    assert (pair[0].value, said(pair[1])) == ("a", value)
    for node in walk(pair[1]):
        if node.kind == "scalar" and node.style == '"':
            assert text[slice(*node.inner)] == node.value


@pytest.mark.parametrize(
    "expression",
    [
        "var.a",
        "1 + 2",
        '"${x}"',
        "[for a in b : a]",
        "{ for k, v in x : k => v }",
        'a ? "b" : "c"',
        "x[0]",
        "f(1)",
        "-1",
        "(1 + 2)",
        "",
    ],
)
def test_what_computes_a_value_says_so(expression: str) -> None:
    found = body(f"a = {expression}\nb = 2\n")
    assert [(key.value, node.style) for key, node in found.pairs] == [("a", COMPUTED), ("b", "")]


def test_blocks_calls_and_heredocs() -> None:
    found = body('resource "t" "n" {\n  p = jsonencode({ a = 1 })\n  r {\n    b = <<-E\n      x\n    E\n  }\n  r {}\n}\n')
    block = found.get("resource")
    assert isinstance(block, Block)
    assert block.labels == ("t", "n")
    call = block.get("p")
    assert isinstance(call, Call)
    assert (call.value, [said(one) for one in call.arguments]) == ("jsonencode", [{"a": 1}])
    inner = block.every("r")
    assert [said(one) for one in inner] == [{"b": "x\n"}, {}]


@given(st.text('ab"{}[]()=,\n<-$ E#/*:', max_size=40))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for node in walk(body(text)):
        assert 0 <= node.start <= len(text)


@pytest.mark.parametrize("opening", ["[", "{ a = ", "jsonencode(", "(", "a(["])
def test_what_is_nested_very_deeply_is_said_to_be(opening: str) -> None:
    with pytest.raises(Exceeded, match="levels deep"):
        body(f"a = {opening * 20_000}")

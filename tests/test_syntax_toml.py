"""TOML as a located tree: the meaning is the standard library's, the places are those of the text."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.model import Span
from pinlint.syntax.toml import read, statements
from pinlint.syntax.yaml import Node, Unparsable, select, walk
from pinlint.text import Document

WORDS = st.text("ab-v1.@/ ", min_size=1, max_size=5)
TABLES = st.lists(
    st.dictionaries(st.sampled_from(["repo", "rev", "hooks"]), st.one_of(WORDS, st.lists(WORDS, max_size=3))), max_size=4
)


def plain(node: Node) -> Any:
    if node.kind == "mapping":
        return {key.value: plain(value) for key, value in node.pairs}
    return [plain(one) for one in node.elements] if node.kind == "sequence" else node.value


@given(TABLES, st.sampled_from(["\n", "\r\n"]))
def test_every_string_is_found_where_it_stands(tables: list[dict[str, Any]], end: str) -> None:
    lines = [line for table in tables for line in ("[[repos]]", *(f"{key} = {json.dumps(table[key])}" for key in table))]
    text = "".join(f"{line}{end}" for line in lines)
    root = read(Document("prek.toml", text.encode()))
    assert plain(root) == tomllib.loads(text)
    found = [node for node in walk(root) if node.kind == "scalar" and node.end > node.start]
    assert [text[node.inner.start : node.inner.end] for node in found] == [node.value for node in found]
    assert [node.start for node in found] == sorted(node.start for node in found)
    assert len(found) == sum(len(value) if isinstance(value, list) else 1 for table in tables for value in table.values())


def test_what_is_no_plain_string_has_no_place() -> None:
    text = 'a = "x\\ty"\nb = 7\nc = """\nlong"""\nd = \'z\'\n'
    root = read(Document("a.toml", text.encode()))
    assert plain(root) == {"a": "x\ty", "b": "7", "c": "long", "d": "z"}
    assert [text[node.start : node.end] for node in select(root, "*")] == ["", "", "", "'z'"]
    assert all(node.inner.start <= node.inner.end for node in select(root, "*"))


@given(TABLES, st.sampled_from(["\n", "\r\n"]))
def test_what_comments_quote_is_no_value(tables: list[dict[str, Any]], end: str) -> None:
    """Nor are a number sign in a string and quotes over several lines the beginning of anything."""
    lines = [
        part
        for table in tables
        for part in (
            "[[repos]]  # 'v1'",
            *(f'# {key} = {json.dumps(table[key])}{end}{key} = {json.dumps(table[key])} # "{table[key]}' for key in table),
            *(["note = '# \"v1\"'", f'more = """{end}# "v1" \'{end}""""'] if table else []),
        )
    ]
    text = "".join(f"{line}{end}" for line in lines)
    root = read(Document("prek.toml", text.encode()))
    for node in walk(root):
        if node.kind == "scalar" and node.end > node.start:
            line = text[text.rfind("\n", 0, node.start) + 1 : node.start]
            assert not line.startswith("#")
            assert " # " not in line
            assert text[node.inner.start : node.inner.end] == node.value
    strings = [value for table in tables for value in table.values()]
    wanted = sum(len(value) if isinstance(value, list) else 1 for value in strings) + sum(map(bool, tables))
    assert sum(node.kind == "scalar" and node.end > node.start for node in walk(root)) == wanted


@pytest.mark.parametrize("text", ["a = ", "[", "a = 1\na = 2", "a = " + "[" * 5000])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        read(Document("a.toml", text.encode()))


@given(TABLES, st.sampled_from(["\n", "\r\n"]))
def test_inline_tables_may_stand_on_several_lines(tables: list[dict[str, Any]], end: str) -> None:
    """As TOML 1.1 has it: line ends, comments and a last comma between braces mean nothing, and nor do braces in strings."""
    inner = [f"{{ # '{{,' \"{end}{''.join(f'  {key} = {json.dumps(table[key])} ,{end}' for key in table)}}}" for table in tables]
    text = f"a = [{end}" + "".join(f"{one},{end}" for one in inner) + f"]{end}b = '{{'{end}"
    root = read(Document("prek.toml", text.encode()))
    assert plain(root) == {"a": tables, "b": "{"}
    found = [node for node in walk(root) if node.kind == "scalar" and node.end > node.start]
    assert [text[node.inner.start : node.inner.end] for node in found] == [node.value for node in found]
    assert len(found) == 1 + sum(len(value) if isinstance(value, list) else 1 for table in tables for value in table.values())


@pytest.mark.parametrize("text", ["a = {b = 1,,}", "a = [1\n", "a = {b = 1\n", "}{", "a = {b = 1} {"])
def test_what_no_toml_has_is_told_as_it_is_written(text: str) -> None:
    with pytest.raises(Unparsable, match="no TOML"):
        read(Document("prek.toml", text.encode()))


HOSTILE = [
    pytest.param("x = " + "1" * 5000, "thousands of digits", id="decimal integer"),
    pytest.param(".".join("a" * 5000) + " = 1", "more than 16 parts", id="dotted key"),
    pytest.param("[" + ".".join(["a"] * 17) + "]", "more than 16 parts", id="dotted header"),
    pytest.param("x = {" + ".".join(['"a"'] * 17) + " = 1}", "more than 16 parts", id="quoted parts in an inline table"),
    pytest.param("x = " + "[" * 5000, "nested too deeply", id="arrays"),
    pytest.param("x = " + "{a = " * 5000, "nested too deeply", id="inline tables"),
    pytest.param("[[a]]\n" * 200_001, "more than 200,000 values", id="tables"),
    pytest.param('\n\\"""' * 200_000, "no TOML", id="strings that are never closed"),
    pytest.param("x = {" + '"\\' * 200_000, "no TOML", id="escapes of a string that is never closed"),
    pytest.param("x = 99999-01-01", "no TOML", id="a year of five digits"),
]


@pytest.mark.parametrize(("text", "why"), HOSTILE)
def test_what_costs_more_than_it_says_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unparsable, match=why):
        read(Document("prek.toml", text.encode()))


def test_what_people_write_is_read() -> None:
    text = f"[{'.'.join('a' * 16)}]\nx = 0x{'f' * 5000}\ny = 1.25\n# {'a.' * 100}\nz = '{'a.' * 100}'\n"
    assert {node.value for node in walk(read(Document("prek.toml", text.encode())))} >= {"1.25", f"0x{'f' * 5000}", "a." * 100}


def test_a_file_without_tables_has_no_statement_of_one() -> None:
    assert list(statements(Document("a.toml", b"a = 1\n"))) == []
    assert Span(0, 9) in [span for _, span in statements(Document("a.toml", b"[a]\nb = 1\n"))]

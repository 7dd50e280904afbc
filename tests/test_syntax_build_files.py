"""HCL and JSON with comments: values at their places, and nothing that hostile text could raise or draw out."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.budget import Exceeded
from pinlint.syntax import hcl, jsonc
from pinlint.syntax.yaml import Node, Unparsable
from pinlint.text import Document

BAKE = """\
# c "x" { a = "no" }
variable "GO" {
  default = "1.25" /* "no" { */
}
group "default" { targets = ["app", "db"] }
target "app" {
  context = "https://github.com/o/r.git#main:images"  // "no"
  contexts = { base = "docker-image://alpine:3", "src" = "target:x"
     b2: "docker-image://golang:${GO}" }
  args = {
    GO_VERSION = GO_VERSION
    X = "${upper("a}b")}-c"
    Y = "a\\"b"
  }
  dockerfile-inline = <<EOT
FROM alpine:3
target "no" {
EOT
  cache-from = ["type=registry,ref=a/b", {type="gha"}]
  tags = [FRONT != null ? "a:b" : join("", ["c"])]
}
target "last" { context = "." }
"""


def test_every_value_has_the_names_that_lead_to_it() -> None:
    found = list(hcl.values(BAKE))
    assert [("/".join(one.path), one.node.value, one.whole) for one in found] == [
        ("variable/GO/default", "1.25", True),
        ("group/default/targets", "app", True),
        ("group/default/targets", "db", True),
        ("target/app/context", "https://github.com/o/r.git#main:images", True),
        ("target/app/contexts/base", "docker-image://alpine:3", True),
        ("target/app/contexts/src", "target:x", True),
        ("target/app/contexts/b2", "docker-image://golang:${GO}", False),
        ("target/app/args/GO_VERSION", "GO_VERSION", True),
        ("target/app/args/X", '${upper("a}b")}-c', False),
        ("target/app/args/Y", 'a\\"b', False),
        ("target/app/dockerfile-inline", 'FROM alpine:3\ntarget "no" {\n', True),
        ("target/app/cache-from", "type=registry,ref=a/b", True),
        ("target/app/cache-from/type", "gha", True),
        ("target/app/tags", "FRONT", False),
        ("target/app/tags", "null", False),
        ("target/app/tags", "a:b", False),
        ("target/app/tags", "join", False),
        ("target/app/tags", "", False),
        ("target/app/tags", "c", False),
        ("target/last/context", ".", True),
    ]
    for one in found:
        if one.node.style != "|":
            assert BAKE[one.node.inner.start : one.node.inner.end] == one.node.value


PIECES = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "=",
    ":",
    ",",
    '"',
    "${",
    "\\",
    "a",
    "b-c",
    " ",
    "\n",
    "#",
    "//",
    "/*",
    "*/",
    "<<E\n",
    "E\n",
    "?",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_is_walked_to_its_end(text: str) -> None:
    at = 0
    for one in hcl.values(text):
        assert at <= one.node.start <= one.node.inner.start <= one.node.inner.end <= one.node.end <= len(text)
        at = one.node.start


def test_a_string_without_an_end_says_nothing_by_itself() -> None:
    assert [(one.node.value, one.whole) for one in hcl.values('a = "b')] == [("b", False)]
    assert [(one.node.inner.start, one.node.inner.end) for one in hcl.values('a = "')] == [(4, 5)]


@pytest.mark.parametrize("piece", ["/*", '"${', "{", "<<E\n", "a = [", '"', "a {\n", "//", ","])
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """Anything else than linear would take minutes for so many characters."""
    text = piece * (200_000 // len(piece))
    with contextlib.suppress(Unparsable):
        assert sum(1 for _ in hcl.values(text)) >= 0
    with contextlib.suppress(Unparsable):
        jsonc.read(Document("a.json", ("{" + text).encode()))


def test_an_expression_that_nobody_writes_is_not_kept() -> None:
    assert [one.whole for one in hcl.values("a = [" + '"x",' * 60_000)][:1] == [True]
    with pytest.raises(Exceeded, match="parts"):
        list(hcl.values("a = [" * 60_000))


def plain(node: Node) -> Any:
    if node.kind == "mapping":
        return {key.value: plain(value) for key, value in node.pairs}
    return [plain(one) for one in node.elements] if node.kind == "sequence" else node.value


TEXTS = st.text("ab/*,{}[]:# \t\\\"'é", max_size=6)
VALUES = st.recursive(
    TEXTS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)), max_leaves=8
)


@given(st.dictionaries(TEXTS, VALUES), st.sampled_from([None, 2, "\t"]), st.data())
def test_comments_and_commas_change_nothing(value: dict[str, Any], indent: int | str | None, data: st.DataObject) -> None:
    pieces = json.JSONEncoder(indent=indent, ensure_ascii=data.draw(st.booleans())).iterencode(value)
    blanks = st.sampled_from(["", " ", "\t", "\n", "/* , } */", "// ]\n"])
    text = "".join(piece + (data.draw(blanks) if piece.strip()[-1:] in tuple("{[,:") else "") for piece in pieces)
    root = jsonc.read(Document("a.json", text.encode()))
    assert plain(root) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": ["1", "2", ], }', {"a": ["1", "2"]}),
        ('{"a": ["1" /* x */ , // y\n ] }', {"a": ["1"]}),
        ('// note\n{"a": ",]"}', {"a": ",]"}),
        ('{"a": "http://x/*y*/"}', {"a": "http://x/*y*/"}),
    ],
)
def test_what_editors_write_is_read(text: str, value: object) -> None:
    assert plain(jsonc.read(Document("a.json", text.encode()))) == value


@pytest.mark.parametrize("text", ["", "a: b", "{", '{"a": }x', "// only\n", '{} {"a": 1}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        jsonc.read(Document("a.json", text.encode()))

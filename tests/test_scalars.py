"""Every character of a text that a file holds in another form is found at its place, unless something else stands for it."""

from __future__ import annotations

import json as stdlib_json

import pytest
import yaml
from clock import seconds
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.model import Script
from pinlint.syntax import scalars
from pinlint.syntax.scalars import Written
from pinlint.syntax.yaml import documents, walk

LETTERS = st.text(st.sampled_from("ab'\"\\ \t:#-$é😀"), max_size=12)
LINES = st.lists(LETTERS, max_size=6).map("\n".join)
#: What may stand in the file where another character of the text is meant.
MEANS_ANOTHER = "\\'\r\n\x85\u2028\u2029 \t"


def agrees(found: Written, document: str, value: str, elsewhere: str = MEANS_ANOTHER) -> None:
    """That the text is the value, and each character of it stands where its piece says."""
    assert found.text == value
    script = Script(found.text, found.pieces, "sh", "ci")
    before = -1
    for at, char in enumerate(value):
        place = script.offset(at)
        assert place > before, "in the order of the file"
        before = place
        assert document[place] == char or document[place] in elsewhere, (at, char, document[place])
        if char.isalnum():
            assert document[place] == char or document[place] == "\\", (at, char, document[place])


@pytest.mark.parametrize("style", ["'", '"', "|", ">", None], ids=["single", "double", "literal", "folded", "plain"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
@given(value=LINES, width=st.integers(4, 30))
@settings(max_examples=150)
def test_scalars_of_yaml(style: str | None, ends: str, value: str, width: int) -> None:
    text = yaml.dump({"key": {"run": value, "next": 1}}, default_style=style, width=width, allow_unicode=True)
    text = text.replace("\n", ends)
    node = next(one for root in documents(text) for one in walk(root) if one.kind == "mapping" and one.get("run")).get("run")
    assert node is not None
    agrees(scalars.scalar(node, text), text, node.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("run: |2\n    a\n   b\n", "  a\n b\n"),
        ("run: |+\n\n  a\n\n\n", "\na\n\n\n"),
        ("run: >\n  a\n  b\n\n    c\n    d\n\n\n  e\n", "a b\n\n  c\n  d\n\n\ne\n"),
        ("run: >2\n    a\n   b\n  c\n", "  a\n b\nc\n"),
        ("run: >-  # folded\n\n  a\n  b\n\n", "\na b"),
        ('run: "a\\\n  b\\n\\\n\n   c \\x41 \\u00e9 \\" d"\n', 'ab\n\nc A é " d'),
        ('run: "a  \n   b\n\n c"\n', "a b\nc"),
        ("run: 'it''s\n   b'\n", "it's b"),
        ("run: a\n  b\n\n  c\n", "a b\nc"),
        ("run: |-  \n  last line", "last line"),
    ],
)  # fmt: skip
def test_forms_of_scalars(text: str, value: str) -> None:
    node = documents(text)[0].get("run")
    assert node is not None
    assert node.value == value
    agrees(scalars.scalar(node, text), text, value)


@given(value=st.text(max_size=30), ascii_only=st.booleans())
def test_strings_of_json(value: str, ascii_only: bool) -> None:
    written = stdlib_json.dumps(value, ensure_ascii=ascii_only)
    agrees(scalars.json(f"[{written}]", 2, len(written)), f"[{written}]", value, "\\")


def test_groovy_keeps_the_sign_of_the_shell() -> None:
    text = "sh '''\\\n  a \\$b \\\\ \\'c\\u0041'''"
    agrees(scalars.groovy(text, 6, len(text) - 3, filled=True), text, "  a \\$b \\ 'cA")
    agrees(scalars.groovy(text, 6, len(text) - 3, filled=False), text, "  a $b \\ 'cA")


@given(value=LINES, start=st.integers(0, 40), size=st.integers(0, 40))
def test_parts_keep_their_places(value: str, start: int, size: int) -> None:
    text = value.replace("\n", "\r\n")
    whole = scalars.raw(text)
    agrees(whole, text, value)
    start = min(start, len(value))
    agrees(scalars.part(whole, start, start + size), text, value[start : start + size])


@pytest.mark.parametrize("unit", [" ", "\t", "a ", "\\\\", "''", " \n", "é", "\\\n"])
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_time_is_linear(unit: str, quote: str) -> None:
    def read(times: int) -> None:
        text = f"run: {quote}a{unit * times}a{quote}\n"
        scalars._read(text, 6, len(text) - 2, {'"': scalars._DOUBLE, "'": scalars._SINGLE, "": scalars._PLAIN}[quote], {})

    assert seconds(lambda: read(200_000), 2) < 40 * seconds(lambda: read(20_000)) + 0.02

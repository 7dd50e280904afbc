"""The located XML tree: texts are those of an independent parser, and places are those of the text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.syntax.xml import DEPTH_LIMIT, Element, XmlError, parse

CHARACTERS = st.text(alphabet="aé😀\u00a0 \t\n.1-\x7f&<>\"'", max_size=8)
COMMENTS = st.text(alphabet="a é<>&\n", max_size=6).map(lambda text: f"<!--{text}-->")
ATTRIBUTES = st.sampled_from(["", " a='>'", ' b="/> é"', "\n", " xmlns:x='u' x:c=\"'\""])


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&#62;")


PIECES = st.one_of(
    CHARACTERS.map(escaped),
    COMMENTS,
    CHARACTERS.map(lambda text: f"<![CDATA[{text}]]>"),
    st.just("<?php 1 > 2 ?>"),
)
LEAVES = st.tuples(ATTRIBUTES, st.lists(PIECES, max_size=4)).map(lambda leaf: f"<v{leaf[0]}>{''.join(leaf[1])}</v>")
TREES = st.recursive(
    st.one_of(LEAVES, ATTRIBUTES.map(lambda text: f"<e{text}/>")),
    lambda inner: st.lists(st.one_of(inner, COMMENTS, st.just("\n  é ")), max_size=4).map(lambda parts: f"<n>{''.join(parts)}</n>"),
    max_leaves=12,
)


HEADS = ["", "<?xml version='1.0' encoding='latin-1'?>", "<!DOCTYPE n SYSTEM 'http://entities.example/x'>\n", "<!-- é -->\n"]


@given(TREES, st.sampled_from(HEADS))
def test_texts_are_those_of_an_independent_parser(tree: str, head: str) -> None:
    text = head + tree
    mine = [parse(text), *parse(text).walk()]
    theirs = list(ET.fromstring(text.replace(" encoding='latin-1'", "")).iter())
    assert [element.name for element in mine] == [element.tag for element in theirs]
    for element, other in zip(mine, theirs, strict=True):
        expected = "" if len(other) else "".join(other.itertext())
        assert element.text == expected.strip(" \t\r\n")


@given(TREES)
def test_places_are_those_of_the_text(tree: str) -> None:
    root = parse(tree)
    for element in (root, *root.walk()):
        start, end = element.tag
        assert tree[start] == "<"
        assert tree[end - 1] == ">"
        assert tree[start + 1 :].startswith(element.name)
        start, end = element.span
        written = tree[start:end]
        if element.text and not set("<&") & set(written) and "]]>" not in written:
            assert written == element.text
        if not element.text:
            assert written.startswith(("<", "&"))


def test_place_of_a_text_leaves_out_blanks_comments_and_marks() -> None:
    text = "<a é=''>\n <!-- 😀 --> <![CDATA[ 1.0 ]]>\n</a>"
    root = parse(text)
    assert root.text == "1.0"
    assert text[root.span.start : root.span.end] == "1.0"


def test_prefix_is_no_part_of_a_name() -> None:
    assert parse("<m:a xmlns:m='u'><m:b>1</m:b></m:a>").read("b") == "1"


def test_latin_entities_are_kept_although_nothing_declares_them() -> None:
    assert parse("<a><name>Jos&eacute;</name></a>").read("name") == "José"


def test_bytes_that_are_no_utf8_do_not_shift_places() -> None:
    text = b"<a><n>caf\xe9</n><v>1</v></a>".decode("utf-8", "surrogateescape")
    element = parse(text).child("v")
    assert isinstance(element, Element)
    assert text[element.span.start : element.span.end] == "1"


LAUGHS = "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
LAUGHS = f"<!DOCTYPE a [<!ENTITY a 'ha'>{LAUGHS}]><a>&j;</a>"


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        pytest.param("<a/>\n<b/>", "junk after document element", 5, id="several roots"),
        pytest.param("", "no element found", 0, id="nothing"),
        pytest.param("é", "syntax error", 0, id="no markup"),
        pytest.param("<é><b></é>", "mismatched tag", 8, id="a tag closes another"),
        pytest.param(LAUGHS, "entities of its own", None, id="billion laughs"),
        pytest.param("<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///x'>%p;]><a/>", "entities of its own", None, id="a file as entity"),
        pytest.param("<a>" * 10_000, "nested deeper", 3 * (DEPTH_LIMIT - 1), id="deep nesting"),
        pytest.param("<a>\x0b</a>", "invalid token", 3, id="a control character"),
    ],
)
def test_what_is_no_acceptable_xml_is_refused_with_reason_and_place(text: str, reason: str, offset: int | None) -> None:
    with pytest.raises(XmlError, match=reason) as caught:
        parse(text)
    assert caught.value.offset == offset or offset is None


@given(st.text(alphabet="<>/ab!-[]CDATA&;é'\"= ?\udcff\x00", max_size=60))
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    try:
        start, end = parse(text).span
    except XmlError as error:
        start = end = error.offset
    assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("text", ["éé\udcff\udcfe>", "\u736e\u6f69<a>\u736e", "<é\u0a3e"])
def test_an_error_among_wide_characters_lies_within_the_text(text: str) -> None:
    with pytest.raises(XmlError) as raised:
        parse(text)
    assert 0 <= raised.value.offset <= len(text)

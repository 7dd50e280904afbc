"""Places in an editor's units, compared with what the encodings themselves say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.server.positions import Positions

TEXTS = st.text(st.sampled_from("a\n\rä😀\u2028\x0c\ufeff"), max_size=30)


def units(text: str, encoding: str) -> int:
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return len(text.encode(encoding if width == 1 else f"{encoding}-le")) // width


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@given(text=TEXTS, data=st.data())
def test_a_place_is_where_the_encoding_says_and_leads_back(encoding: str, text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    before = re.split(r"\r\n|\r|\n", text[:offset])
    place = (len(before) - 1, units(before[-1], encoding))
    positions = Positions(text, encoding)
    inside = text[offset - 1 : offset + 1] == "\r\n"  # no editor has a place there
    if not inside:
        assert positions.place(offset) == place
        assert positions.offset(place) == offset


@given(TEXTS, st.tuples(st.integers(-2, 9), st.integers(-2, 40)))
def test_a_place_that_is_none_is_the_nearest(text: str, place: tuple[int, int]) -> None:
    positions = Positions(text)
    offset = positions.offset(place)
    assert 0 <= offset <= len(text)
    assert positions.place(offset)[0] <= max(0, place[0])

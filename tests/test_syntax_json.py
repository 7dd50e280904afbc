"""JSON: reading is the standard reader's, and every place that is found holds what its path names."""

from __future__ import annotations

import gc
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.model import KeyPath, Span
from pinlint.syntax.json import Unparsable, load, locate

_keys = st.text(max_size=4) | st.sampled_from(["", "a", "b", "é\u2028", '"', "\\", "node_modules/@x/y", "\U0001f600"])
_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _keys
#: Objects are lists of pairs, so that keys can repeat.
_documents = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(_keys, inner), max_size=4).map(tuple), max_leaves=25
)


def _write(value: Any, chance: random.Random) -> str:
    """`value` as JSON with whitespace and escapes wherever they may stand."""

    def space() -> str:
        return "".join(chance.choices(" \t\r\n", k=chance.choice((0, 0, 1, 3))))

    def text(string: str) -> str:
        units = [json.dumps(char) if chance.random() < 0.3 else json.dumps(char, ensure_ascii=False) for char in string]
        return '"' + "".join(unit[1:-1] for unit in units).replace("/", chance.choice(("/", "\\/"))) + '"'

    if isinstance(value, tuple):
        members = [f"{space()}{text(key)}{space()}:{space()}{_write(inner, chance)}{space()}" for key, inner in value]
        return "{" + (",".join(members) or space()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{space()}{_write(inner, chance)}{space()}" for inner in value) or space()) + "]"
    return text(value) if isinstance(value, str) else json.dumps(value)


def _paths(value: object, above: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], object]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(above, value)] + [found for key, inner in items for found in _paths(inner, (*above, key))]


@given(_documents, st.randoms(use_true_random=False))
def test_every_path_is_found_where_it_stands(document: Any, chance: random.Random) -> None:
    text = f"\n {_write(document, chance)} \t"
    value = load(text)
    assert value == json.loads(text)
    paths = _paths(value)
    spans = locate(text, [KeyPath(keys, part) for keys, _ in paths for part in ("key", "value")])
    assert len(spans) == 2 * len(paths)
    for keys, held in paths:
        start, end = spans[KeyPath(keys, "value")]
        assert json.loads(text[start:end]) == held
        assert (text[start], text[end - 1]) == (text[start:end].strip()[0], text[start:end].strip()[-1])
        if keys:
            key, above = spans[KeyPath(keys)], spans[KeyPath(keys[:-1], "value")]
            assert above.start < key.start <= start < end < above.end
            if isinstance(keys[-1], str):
                assert json.loads(text[key.start : key.end]) == keys[-1]
                assert text[key.end : start].strip() == ":"


@given(_documents, st.randoms(use_true_random=False), st.data())
def test_a_place_is_found_alone_as_among_others(document: Any, chance: random.Random, data: st.DataObject) -> None:
    text = _write(document, chance)
    places = [KeyPath(keys, part) for keys, _ in _paths(json.loads(text)) for part in ("key", "value")]
    wanted = data.draw(st.lists(st.sampled_from(places), max_size=5, unique=True))
    everything = locate(text, places)
    assert locate(text, wanted) == {place: everything[place] for place in wanted}


@given(st.text(alphabet='{}[]",:\\ \nau0-1.eEtNrfls\ud800') | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    value = load(text)
    try:
        expected = json.loads(text, parse_constant=_refuse)
    except ValueError:
        assert isinstance(value, Unparsable)
        assert 0 <= value.offset <= len(text)
        assert value.reason
    else:
        assert value == expected
    locate(text, [KeyPath(("a", 0)), KeyPath((), "value")])


def _refuse(word: str) -> object:
    raise ValueError(word)


def test_the_last_of_equal_keys_counts_with_all_it_holds() -> None:
    text = '{"a": {"x": 1}, "b": 2, "a": {"y": 3}}'
    spans = locate(text, [KeyPath(("a", "x")), KeyPath(("a", "y")), KeyPath(("a",))])
    assert spans == {KeyPath(("a", "y")): Span(30, 33), KeyPath(("a",)): Span(24, 27)}


def test_numbers_and_names_of_elements_differ() -> None:
    text = '{"0": [7, 8]}'
    assert locate(text, [KeyPath((0,)), KeyPath(("0", "1")), KeyPath(("0", -1)), KeyPath(("0", 1), "value")]) == {
        KeyPath(("0", 1), "value"): Span(10, 11)
    }


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        pytest.param("", 0, "it is empty", id="nothing"),
        pytest.param(" \n", 0, "it is empty", id="blanks"),
        pytest.param('{"a": [1,\n', 9, "it ends in the middle of the document", id="truncated after a comma"),
        pytest.param('{"a": "b', 6, "it ends in the middle of the document", id="truncated in a string"),
        pytest.param('{"a" 1}', 5, "it is no valid JSON (expecting ':' delimiter)", id="no colon"),
        pytest.param("Dear reader", 0, "it is no valid JSON (expecting value)", id="prose"),
        pytest.param('{"NaN": NaN}', 8, "it is no valid JSON (NaN is no number)", id="not a number"),
        pytest.param('{"a": ' + "1" * 5000 + "}", 6, "it holds a number of more than 4300 digits", id="a number without end"),
        pytest.param("[" * 9 + "[" * 100_000 + "]" * 100_000 + "]" * 9, 100_008, "it is nested too deeply to be read", id="deep"),
    ],
)
def test_what_is_no_json_is_refused_with_place_and_reason(text: str, offset: int, reason: str) -> None:
    assert load(text) == Unparsable(offset, reason)
    assert locate(text, [KeyPath(("a", "b"))]) == {}


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        load('{"a": 1}')
        load("{")
        locate('{"a": 1}', [KeyPath(("a",))])
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()

"""Where the parts of a TOML file stand, against what the standard library reads from the text at that place."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.model import KeyPath
from pinlint.syntax.toml_values import locate, places

ROOT = Path(__file__).parent.parent
NAMES = st.sampled_from(["a", "b", "c d", "e.f", "g-1", 'h"', "\\", "ü", "1"])
VALUES = st.recursive(
    st.one_of(st.text("ab#[]{}=,.'\"\\\n", max_size=6), st.integers(-9, 9), st.booleans(), st.floats(0, 9)),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(NAMES, below, max_size=3)),
    max_leaves=8,
)


def written(value: Any, *, lines: bool) -> str:
    """A value in TOML; an array may take several lines, with comments in it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {written(one, lines=False)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        joint = ", # '[\n " if lines else ", "
        return "[" + joint.join(written(one, lines=lines) for one in value) + "]"
    if isinstance(value, str) and lines and "'" not in value and "\\" not in value:
        return f"'''\n{value}'''"
    return json.dumps(value)


def leaves(value: Any, keys: tuple[str | int, ...]) -> dict[tuple[str | int, ...], Any]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {key: one for name, below in pairs for key, one in leaves(below, (*keys, name)).items()}
    return found if isinstance(value, (dict, list)) else {keys: value}


def check(text: str) -> int:
    """Asserts that every scalar of a text is found, where it is; how many there are."""
    wanted = leaves(tomllib.loads(text), ())
    found = {one.keys: text[one.value.start : one.value.end] for one in places(text)}
    assert wanted.keys() <= found.keys()
    for keys, value in wanted.items():
        assert tomllib.loads(f"x = {found[keys]}")["x"] == value
    return len(wanted)


@given(
    st.lists(
        st.tuples(st.lists(NAMES, min_size=1, max_size=3), st.booleans(), st.dictionaries(NAMES, VALUES, max_size=3)), max_size=5
    ),
    st.booleans(),
)
def test_every_value_is_found_where_it_stands(tables: list[Any], lines: bool) -> None:
    parts = []
    for names, double, values in tables:
        name = ".".join(json.dumps(one) for one in names)
        parts.append(f"[[{name}]]" if double else f"[ {name} ] # [x]")
        parts += [f"{json.dumps(key)} . x = {written(value, lines=lines)}" for key, value in values.items()]
    text = "\n".join(parts) + "\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # two tables of one name
        return
    check(text)


@pytest.mark.parametrize(
    "path", sorted((*ROOT.glob("fixtures/*/*/**/*.toml"), ROOT / "pyproject.toml")), ids=lambda path: path.parent.name
)
def test_the_places_of_real_files(path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8")
        tomllib.loads(text)
    except ValueError:
        pytest.skip("no TOML")
    assert check(text) > 0


def test_a_path_leads_to_a_key_or_to_its_value() -> None:
    text = '[[package]]\nname = "a"\n\n[[package]]\nname = "b"\nsource = { git = "x" }\n[package.metadata]\nx."y z" = 1\n'
    asked = [
        KeyPath(("package", 1)), KeyPath(("package", 1, "name"), "value"), KeyPath(("package", 1, "source", "git")),
        KeyPath(("package", 1, "source"), "value"), KeyPath(("package", 1, "metadata", "x", "y z")), KeyPath(("package", 2)),
    ]  # fmt: skip
    found = locate(text, asked)
    assert [text[found[path].start : found[path].end] for path in asked[:5]] == ["package", '"b"', "git", '{ git = "x" }', '"y z"']
    assert asked[5] not in found

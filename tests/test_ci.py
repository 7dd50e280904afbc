"""Variables of CI files and Groovy's tokens: what holds for every text, not only for the examples under fixtures/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.formats.gitlab_ci import references
from pinlint.syntax.groovy import tokens
from pinlint.syntax.variables import fill, fill_each, names
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(alphabet="ab$${}A B_:", max_size=20)
VALUES = st.dictionaries(st.sampled_from(["A", "B", "a", "b"]), st.lists(TEXTS, min_size=1, max_size=4).map(tuple), max_size=4)


@given(TEXTS, VALUES)
def test_what_is_filled_in_is_bounded_and_says_what_it_lacks(text: str, values: dict[str, tuple[str, ...]]) -> None:
    filled = fill(text, values)
    assert 1 <= len(filled.texts) + len(filled.open) <= 64
    assert all(not names(one) for one in filled.texts)
    assert all(names(one) for one in filled.open)
    assert set(filled.missing) == {name for one in filled.open for name in names(one)}
    assert all(len(one) <= 2000 for one in (*filled.texts, *filled.open))


@given(TEXTS)
def test_nothing_is_filled_in_without_values(text: str) -> None:
    filled = fill(text, {})
    assert (*filled.texts, *filled.open) == (text,)


def test_values_are_followed_and_multiplied() -> None:
    assert fill("$A-${B}", {"A": ("1", "2"), "B": ("$C",), "C": ("x",)}).texts == ("1-x", "2-x")
    assert fill("$A", {"A": ("$A",)}).missing == ("A",)
    assert fill("$A", {"A": ("$B$B",), "B": ("$C$C$C$C",), "C": ("x" * 900,)}).missing == ("A",)
    assert len(fill("$A$B$C", dict.fromkeys("ABC", ("1", "2", "3", "4", "5"))).texts) == 64
    assert fill("$$A", {"A": ("1",)}).texts == ("$$A",)
    assert fill_each("$A:$B", [{"A": ("1",)}, {"A": ("2",), "B": ("3",)}])[:2] == (("2:3",), ("1:$B",))


@given(st.text(alphabet="ab'\"/$*{}\\\n ([.:=", max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        end = token.end


@pytest.mark.parametrize(
    ("script", "strings"),
    [
        ("// 'a'\n'b'", ["b"]),
        ("/* 'a' \n */ 'b' /* 'c'", ["b"]),
        ("'''a'b''' \"\"\"c\"d\"\"\"", ["a'b", 'c"d']),
        ("'a\\'b' \"c\\\"d\"", ["a\\'b", 'c\\"d']),
        ('"a ${f("b")} c" \'d\'', ['a ${f("b")} c', "d"]),
        ("x = /it's/; 'b'", ["it's", "b"]),
        ("x = 4 / 2; y = 'b' / 3", ["b"]),
        ("'never closed\n'b'", ["never closed", "b"]),
    ],
)
def test_strings_are_told_from_what_is_around_them(script: str, strings: list[str]) -> None:
    assert [token.text for token in tokens(script) if token.kind == "string"] == strings


def test_places_of_words_are_those_of_the_text() -> None:
    script = "docker.image('a:1') // docker.image('b')"
    assert [token.text for token in tokens(script) if token.kind == "word"] == ["docker", "image"]
    assert re.findall(r"\w+", script)[:2] == ["docker", "image"]


def test_jobs_that_extend_many_jobs_end(tmp_path: Path) -> None:
    """Thirty parents each, eleven levels deep: every job is looked at once, not once for every way to it."""
    jobs = "\n".join(
        f"j{i}: {{extends: [{', '.join(f'j{k}' for k in range(max(0, i - 30), i))}], image: 'x:$V'}}" for i in range(60)
    )
    found = list(references(Document(".gitlab-ci.yml", jobs.encode()), Tree(str(tmp_path), list)))
    assert len(found) == 60

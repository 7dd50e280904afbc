"""Globs that some text meets together, by trying all texts, and which tags are those of releases."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.semantics.release_tags import is_possible, meets, reaches, releases
from pinlint.tree import Tree

TEXTS = ["".join(letters) for length in range(7) for letters in product("ab", repeat=length)]
GLOBS = st.text("ab*", max_size=4)
DEFAULT = releases(Tree("/nowhere", list))


@given(GLOBS, GLOBS)
def test_globs_meet_where_a_text_fits_both(one: str, other: str) -> None:
    assert meets(one, other) == any(fnmatchcase(text, one) and fnmatchcase(text, other) for text in TEXTS)


@pytest.mark.parametrize("pattern", ["v*", "v2.*", "*", "prod*", "release-*", "1.*", "stable", "rel*"])
def test_pattern_of_releases_reaches_one(pattern: str) -> None:
    assert reaches(pattern, DEFAULT)


@pytest.mark.parametrize("pattern", ["pr*", "pr-*", "dev*", "latest", "sha-*", "feature*", "main*", "build-cache"])
def test_pattern_of_passing_images_reaches_none(pattern: str) -> None:
    assert not reaches(pattern, DEFAULT)


def test_tags_of_the_configuration_take_the_place_of_the_usual_ones() -> None:
    own = releases(Tree("/nowhere", list, settings={"lifecycle.release-tags": ("2???.*",)}))
    assert (reaches("2026.*", own), reaches("v*", own)) == (True, False)


@pytest.mark.parametrize(
    ("text", "prefix", "possible"),
    [
        ("v", True, True),
        ("-v", True, False),
        ("v*", True, False),
        ("v*", False, True),
        ("*-arm64", False, True),
        (".a*", False, False),
        ("a b", False, False),
        ("a" * 128, True, True),
        ("a" * 129, True, False),
    ],
)
def test_what_a_tag_can_be(text: str, prefix: bool, possible: bool) -> None:
    assert is_possible(text, prefix=prefix) == possible

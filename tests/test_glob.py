"""Patterns of paths mean what they meant when they were written in the plainest way, and never go back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pinlint.glob import Paths, compiled, matches
from pinlint.patterns import Artifacts, covers

PATTERNS = st.lists(st.sampled_from(["a", "b", "/", "*", "**", "/**/", "?"]), min_size=1, max_size=7).map("".join)
PATHS = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)
#: What tells `**/` apart that stands for no folder from one that follows on a name, where git reads two stars as one.
USUAL = re.compile(r"(?:(?!\*\*\*)(?<![^/])\*\*/|(?!\*\*)[^*]|\*(?!\*)|\*\*(?!\*|/))*")


def plainly(pattern: str, folders: str) -> str:
    source = re.escape(pattern).replace(r"\*\*/", folders).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return source.replace(r"\?", "[^/]")


@given(PATTERNS.filter(USUAL.fullmatch), PATHS)
def test_a_pattern_fits_what_the_plain_expression_fits(pattern: str, path: str) -> None:
    expected = re.fullmatch(plainly(pattern, "(?:.*/)?"), path) is not None
    assert (compiled(pattern).match(path) is not None) == expected
    bare = pattern.strip("/")
    start = "^" if "/" in pattern.rstrip("/") else "(?:^|/)"
    if bare:
        found = re.search(f"{start}{plainly(pattern.rstrip('/').lstrip('/'), '(?:.*/)?')}(?:/|$)", path)
        assert matches(pattern, path) == (found is not None)


@given(st.text("ab*", min_size=1, max_size=6), st.text("ab", max_size=8))
def test_an_artifact_is_covered_as_by_the_plain_expression(pattern: str, name: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
    assert covers(pattern, name) == expected


@given(st.lists(PATTERNS, max_size=5), PATHS)
def test_of_many_patterns_those_are_found_that_fit_alone(patterns: list[str], path: str) -> None:
    assert list(Paths(patterns).covering(path)) == [index for index, one in enumerate(patterns) if matches(one, path)]


@given(st.lists(st.text("abAß*/:", max_size=6), max_size=6), st.text("abAß/", max_size=6))
def test_of_many_artifacts_those_are_found_that_cover_alone(patterns: list[str], name: str) -> None:
    for subject in (name, f"action:{name}"):
        starting = [*patterns, *(f"action:{one}" for one in patterns)]
        expected = [index for index, one in enumerate(starting) if covers(one, subject)]
        assert sorted(Artifacts(starting).covering(subject)) == expected


def test_no_star_is_tried_again() -> None:
    """Each of these takes longer than the universe is old where a star gives back what it took."""
    for pattern in ("*a" * 40 + "*b", "**a" * 40 + "**b", "**/a/" * 40 + "b", "*a/" * 40 + "*b"):
        assert compiled(pattern).pattern.count("(?>") > pattern.count("*") // 2
        assert not matches(pattern, "a" * 250)
        assert not matches(pattern, "a/" * 1000)
    assert not covers("*a" * 40 + "*b", "a" * 5000)

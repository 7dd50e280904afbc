"""Patterns of identities: whether a stranger passes is proved by one, and the proof is checked by another reader of the pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint import budget
from pinlint.semantics.identities import Claim, stranger, written
from pinlint.syntax.re2 import Unsupported, common, quoted, wildcard

GITHUB = Claim("https://token.actions.githubusercontent.com", "exact")
_ATOMS = st.sampled_from(["a", "b", "x", "/", r"\.", ".", "[ab]", "[^a]", r"\d", r"\w", "[a-c/]", "(?:ab|x)", "(b)", r"[\w.-]"])
_INNER = st.recursive(
    st.builds(lambda atom, sign: atom + sign, _ATOMS, st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?"])),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
    ),
    max_leaves=6,
)
_PATTERNS = st.builds(lambda start, inner, end: start + inner + end, st.sampled_from(["", "^"]), _INNER, st.sampled_from(["", "$"]))


@settings(max_examples=400, deadline=None)
@given(_PATTERNS, st.text("abx./1", max_size=6))
def test_a_pattern_finds_what_another_reader_of_it_finds(pattern: str, text: str) -> None:
    assert (common(pattern, quoted(text)) is not None) == (re.search(f"(?s){pattern}", text) is not None)


@settings(max_examples=200, deadline=None)
@given(_PATTERNS, _PATTERNS)
def test_what_two_patterns_have_in_common_both_find(one: str, other: str) -> None:
    found = common(one, other)
    assert found is None or (re.search(one, found) and re.search(other, found))


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a**", "*a", "[", r"\1", r"(?=a)", r"(?P=x)", "(" * 40, "x" * 501, "((((a{99}){99}){99}){99})", "é", r"\pL",
        "a{5,2}", "a{2}{3}", "[z-a]", r"[a-\w]", "[[:vowel:]]",
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_pattern_or_a_very_large_one_is_refused(pattern: str) -> None:
    with pytest.raises(Unsupported):
        common(pattern, "^x$")


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        (r"^[\w-.]$", "w", "/"),
        (r"^[\w-.]$", "-", ","),
        ("^[[:^alpha:]]$", "1", "a"),
        ("(?i)^[^a-z]$", "1", "A"),
        ("(?i)^[a-z]$", "A", "1"),
        (r"^[\.-\/]$", "/", "-"),
    ],
    ids=str,
)
def test_classes_of_characters_are_those_of_go(pattern: str, fits: str, fails: str) -> None:
    assert common(pattern, quoted(fits)) == fits
    assert common(pattern, quoted(fails)) is None


@pytest.mark.parametrize("pattern", ["(a*)*b", "(x+x+)+y", "(?:a?){30}a{30}"])
def test_a_pattern_that_is_slow_elsewhere_is_none_here(pattern: str) -> None:
    found = common(pattern, r"^https://github\.com/[\w.-]+/[\w./-]+$")
    assert found is not None
    assert found.startswith("https://github.com/")


def test_very_large_patterns_are_taken_from_the_account_of_a_document() -> None:
    begun = f"^https://github\\.com/[\\w.-]+/{'[a-z]*' * 60}$"
    budget.begin(0)
    try:
        with pytest.raises(budget.Exceeded):
            list(map(_tried, (f"{'.*' * 220}{number}$" for number in range(20)), [begun] * 20))
    finally:
        budget.end()


def _tried(one: str, other: str) -> str | None:
    try:
        return common(one, other)
    except Unsupported:
        return None


@pytest.mark.parametrize(
    ("text", "fits", "fails"),
    [
        ("https://github.com/acme/*", "https://github.com/acme/x", "https://github.com/acmex"),
        ("a?c.*", "abc.d", "abcd"),
        ("a", "a", "ab"),
    ],
)
def test_a_wildcard_fits_all_of_a_text(text: str, fits: str, fails: str) -> None:
    assert common(wildcard(text), quoted(fits)) == fits
    assert common(wildcard(text), quoted(fails)) is None


@pytest.mark.parametrize(
    ("pattern", "owner"),
    [
        (".*", "pinlint-probe"),
        ("https://github.com/.+/.+", "pinlint-probe"),
        ("https://github.com/me", "me-probe"),
        (r"^https://github\.com/[^/]+/app/", "app-probe"),
        (r"github\.com/me/app", "me-probe"),
        (r"me/app/\.github/workflows/x\.yml", "probe-me"),
        (r"\.github/workflows/release\.yml@refs/tags/v[0-9]+$", "v-probe"),
    ],
)
def test_an_open_pattern_is_proved_by_somebody_whom_nobody_named(pattern: str, owner: str) -> None:
    found = stranger(Claim(pattern, "regexp"), GITHUB)
    assert re.search(pattern, found)
    assert found.startswith(f"https://github.com/{owner}/")


@pytest.mark.parametrize(
    "pattern",
    [
        "https://github.com/me/", "https://github.com/me/app", r"^https://github\.com/(?:me|us)/", r"^me@example\.com$", "",
        r"https://gitlab\.com/.+//\.gitlab-ci\.yml", r"^https://github\.com/me/.*@refs/heads/main$", r"(?i)^HTTPS://GITHUB\.COM/ME/",
        r"^https://github\.com/me/[[:alnum:]]+/\.github/", r"(?=.*)",
    ],
)  # fmt: skip
def test_a_closed_pattern_is_closed(pattern: str) -> None:
    if pattern:
        assert stranger(Claim(pattern, "regexp"), GITHUB) == ""
    assert stranger(Claim(".*", "regexp"), Claim("https://issuer.acme.example", "exact")) == ""
    assert stranger(Claim("https://github.com/me/x", "exact"), None) == ""


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("^https://github.com/${{ github.repository }}/", "^https://github.com/pinlint-own/pinlint-own/"),
        ("https://github.com/${GITHUB_REPOSITORY_OWNER}/", "https://github.com/pinlint-own/"),
        ("https://github.com/$GITHUB_REPOSITORY", "https://github.com/pinlint-own/pinlint-own"),
        ("$IDENTITY", None), ("https://github.com/${OWNER}/", None), ("{{ identity }}", None),
    ],
)  # fmt: skip
def test_of_what_a_run_fills_in_only_its_own_repository_is_known(text: str, known: str | None) -> None:
    assert written(text, clear=False) == known

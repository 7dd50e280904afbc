"""The line hash is the one that code scanning computes, and an identity outlives an edit."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from report_runs import literal_hashes

from pinlint.fingerprint import identity, line_hashes, numbered
from pinlint.model import Diagnostic

# "a" after "Z" and "b" after "5" have the same polynomial: 97 * 37 + 90 == 98 * 37 + 53.
PIECES = ["aZ", "b5", "a", "\n", "\r", "\r\n", " ", "\t", "\ufeff", "\U0001f4cc", "\u0a00", "\n\u0a0a", "a" * 99]
CROWDED = st.lists(st.sampled_from(PIECES), max_size=60)
TEXTS = st.one_of(CROWDED.map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))


@given(TEXTS)
@settings(max_examples=600, deadline=None)
@example("")
@example("\n")
@example("aZ\nb5\nb5\naZ")
@example("x" * 99 + "aZ\n" + "x" * 99 + "b5\n")
@example("\r \n\r\n\n")
@example("FROM a\r\n\r\n\tFROM b")
@example("\U0001f4cc" * 120 + "\n" + "\U0001f4cc" * 120)
def test_line_hashes_equal_the_literal_algorithm(text: str) -> None:
    expected = literal_hashes(text)
    assert line_hashes(text, expected) == expected


@given(TEXTS, st.sets(st.integers(-1, 40)))
@settings(max_examples=200, deadline=None)
@example("the same line, again and again\n" * 20, {5, 9})
def test_line_hashes_of_some_lines_count_the_others_too(text: str, lines: set[int]) -> None:
    assert line_hashes(text, lines) == {line: value for line, value in literal_hashes(text).items() if line in lines}


@pytest.mark.parametrize("collide", [("aZ", "b5"), ("aZZ", "b65")])
def test_different_lines_may_share_a_hash_and_are_counted_together(collide: tuple[str, str]) -> None:
    one, other = collide
    assert sum(ord(c) * 37**i for i, c in enumerate(reversed(one))) == sum(ord(c) * 37**i for i, c in enumerate(reversed(other)))
    text = "".join(f"{'x' * (100 - len(end))}{end}\n" for end in (one, other, other, one))
    assert [value.partition(":")[2] for value in line_hashes(text, [1, 2, 3, 4]).values()] == ["1", "2", "3", "4"]
    assert line_hashes(text, [4]) == {4: literal_hashes(text)[4]}


def test_line_hashes_equal_the_values_codeql_action_publishes() -> None:
    """Values from codeql-action's own tests."""
    assert line_hashes("", [1]) == {1: "c129715d7a2bc9a3:1"}
    ends = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
    assert list(line_hashes(" a\nb\n  \t\tc\n d", [1, 2, 3, 4]).values()) == ends
    greeting = "e9496ae3ebfced30 fb7c023a8b9ccb3f ce8ba1a563dcdaca e20e36e16fcb0cc8 b3edc88f2938467e c8e28b0b4002a3a0"
    for text in (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", " hello; \t\r\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n"):
        assert list(line_hashes(text, range(1, 7)).values()) == [f"{value}:1" for value in greeting.split()]
    repeated = line_hashes("Lorem ipsum dolor sit amet.\n" * 10, range(1, 12))
    assert [repeated[line] for line in (1, 6, 7, 10)] == [
        "a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "cc97dc7b1d7d8f7b:1",
    ]  # fmt: skip


@given(st.binary(max_size=200))
def test_undecodable_bytes_hash_as_replacement_characters(data: bytes) -> None:
    read_as_it_is_uploaded = data.decode("utf-8", "replace")
    as_document = data.decode("utf-8", "surrogateescape")
    assert line_hashes(as_document, [1, 2]) == line_hashes(read_as_it_is_uploaded, [1, 2])


def test_any_lone_surrogate_hashes() -> None:
    assert line_hashes("FROM \ud800", [1]) == line_hashes("FROM \ufffd", [1])


def found(**changes: object) -> Diagnostic:
    basis = Diagnostic("PIN001", "a/Dockerfile", 3, 6, 3, 12, "no tag", "image", "docker.io/library/python", "latest")
    return basis._replace(**changes)  # type: ignore[arg-type]


def test_identity_outlives_a_move_and_new_wording() -> None:
    assert identity(found()) == identity(found(line=30, end_line=31, column=1, message="floats", hash="0:1", version="3"))


def test_an_address_that_is_raised_is_the_same_finding() -> None:
    one, two = (found(kind="url", name=f"https://files.example/a-{version}/b-{version}.tgz") for version in ("1.2.3", "1.10"))
    assert identity(one) == identity(two) != identity(two._replace(name="https://files.example/c.tgz"))


@pytest.mark.parametrize("field", ["rule", "path", "kind", "name"])
def test_identity_changes_with_what_is_found(field: str) -> None:
    assert identity(found()) != identity(found(**{field: "other\udcff"}))


@given(st.lists(st.sampled_from(["", "a", "b", "a:2", "a:2:2", "a:3"])))
def test_numbered_fingerprints_are_unique(given_ones: list[str]) -> None:
    pairs = list(numbered(found(fingerprint=value) for value in given_ones))
    assert len({unique for _, unique in pairs}) == len(given_ones) == len(pairs)

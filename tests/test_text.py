"""Documents and trees: bytes to text and back, places, and what is never read."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.text import SIZE_LIMIT, Document, Unread
from pinlint.tree import Tree, join, read_bytes


@given(
    st.binary(max_size=200).filter(
        lambda data: b"\0" not in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    )
)
def test_any_bytes_come_back_unchanged(data: bytes) -> None:
    document = Document("a", data)
    assert document.encode(document.text) == data
    assert document.editable


@given(st.text(alphabet="ab\r\n\u2028\x0b\x85\U0001f600", max_size=60))
def test_positions_count_code_points_and_lines_end_at_lf_crlf_and_cr_only(text: str) -> None:
    document = Document("a", text.encode())
    line, column, skip = 1, 1, False
    for offset, char in enumerate(text):
        if not skip:
            assert document.position(offset) == (line, column)
        skip = False
        if char == "\n" or (char == "\r" and text[offset + 1 : offset + 2] != "\n"):
            line, column = line + 1, 1
        else:
            column += 1
    assert len(document.line_starts) == line
    assert "\n".join(document.line(number) for number in range(1, line + 1)) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(alphabet="ab\r\n", max_size=30), st.data())
def test_a_region_ends_behind_its_last_character(text: str, data: st.DataObject) -> None:
    document = Document("a", text.encode())
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line, column = document.position(max(start, end - 1))
    assert document.region(start, end) == (*document.position(start), line, column + (end > start))


def test_a_byte_order_mark_is_no_column_and_is_kept() -> None:
    document = Document("a", codecs.BOM_UTF8 + b"FROM x")
    assert document.text == "FROM x"
    assert document.encode("FROM y") == codecs.BOM_UTF8 + b"FROM y"


@pytest.mark.parametrize(
    ("data", "decoding", "text"),
    [
        ("é".encode("utf-16"), "pip", "é"),
        ("é".encode("utf-16"), "xml", "é"),
        ("# coding: latin-1\né".encode("latin-1"), "pip", "# coding: latin-1\né"),
        ("#!/x\n# -*- coding: latin-1 -*-\né".encode("latin-1"), "pip", "#!/x\n# -*- coding: latin-1 -*-\né"),
        (
            '<?xml version="1.0" encoding="ISO-8859-1"?><é/>'.encode("latin-1"),
            "xml",
            '<?xml version="1.0" encoding="ISO-8859-1"?><é/>',
        ),
    ],
)
def test_each_format_is_decoded_as_its_consumer_decodes_it(data: bytes, decoding: str, text: str) -> None:
    document = Document("a", data, decoding)
    assert document.text == text
    assert document.encode(text) == data


@pytest.mark.parametrize(
    ("data", "decoding", "reason"),
    [
        (b"a\0b", "utf-8", "NUL"),
        ("é".encode("utf-16"), "utf-8", "UTF-16"),
        (b"# coding: klingon\n", "pip", "klingon"),
        (b"# coding: ascii\n\xff", "pip", "cannot be decoded as ascii"),
    ],
)
def test_what_is_no_text_says_why(data: bytes, decoding: str, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        Document("a", data, decoding)


@pytest.mark.parametrize(
    ("path", "other", "joined"),
    [
        ("a/b.txt", "../c", "c"),
        ("a/b.txt", "c/./d", "a/c/d"),
        ("b.txt", "../../c", "../../c"),
        ("b.txt", "/etc/passwd", "/etc/passwd"),
        ("a/b", "..", ""),
    ],
)
def test_paths_are_joined_without_asking_the_file_system(path: str, other: str, joined: str) -> None:
    assert join(path, other) == joined


def tree(root: Path) -> Tree:
    return Tree(str(root), lambda: (path.name for path in root.iterdir()))


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "..", "link", "folder/file"])
def test_nothing_outside_the_root_is_read(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_text("secret")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unread, match="outside the repository"):
        tree(root).bytes(path)


def test_a_link_inside_the_root_is_read_also_where_the_root_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a").write_text("text")
    (tmp_path / "real/b").symlink_to("a")
    (tmp_path / "root").symlink_to("real")
    assert tree(tmp_path / "root").read("b").text == "text"


def test_no_fifo_directory_or_giant_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "giant").open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    for name, reason in {
        "fifo": "no regular file",
        "giant": "larger than 64 MiB",
        ".": "no regular file",
        "none": "does not exist",
    }.items():
        with pytest.raises(Unread, match=reason):
            read_bytes(str(tmp_path / name))


def test_a_tree_reads_and_computes_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    one = tree(tmp_path)
    assert one.read("a") is one.read("a")
    calls: list[int] = []
    for _ in range(2):
        one.memo("what", "a", lambda: calls.append(1))
    assert calls == [1]
    assert one.named("a") == ["a"]


def test_a_path_deeper_than_any_file_is_a_reason(tmp_path: Path) -> None:
    """Found by `make fuzz`: a requirement named a file two thousand directories deep."""
    with pytest.raises(Unread, match="500 directories deep"):
        tree(tmp_path).bytes("a/" * 2000 + "b.txt")

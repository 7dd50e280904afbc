"""Files are read from below the root, whatever is put in their way meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pinlint import tree as module
from pinlint.text import Unread
from pinlint.tree import Tree


def made(root: Path, *paths: str) -> Tree:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return Tree(str(root), list)


def told(tree: Tree, path: str) -> str:
    try:
        return tree.bytes(path).decode()
    except Unread as error:
        return f"({error})"


OUTSIDE = "(it lies outside the repository, where pinlint does not look)"
LINKED = "(it is a link to a place outside the repository, where pinlint does not look)"


@pytest.mark.parametrize("descriptors", [True, False])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a/b", "a/b"),
        ("a//b", "a/b"),
        ("./a/./b", "a/b"),
        ("inside", "a/b"),
        ("folder/b", "a/b"),
        ("folder/c/d", "a/c/d"),
        ("a/up/a/b", "a/b"),
        ("../outside/x", OUTSIDE),
        ("a/../../outside/x", OUTSIDE),
        ("a/../a/b", OUTSIDE),
        ("/etc/hostname", OUTSIDE),
        ("a\0b", OUTSIDE),
        ("..", OUTSIDE),
        ("out", LINKED),
        ("elsewhere/x", LINKED),
        ("a/up/elsewhere/x", LINKED),
        ("a/none", "(it does not exist)"),
        ("none/x", "(it does not exist)"),
        ("dangling", "(it does not exist)"),
        ("a/b/x", "(it cannot be opened: Not a directory)"),
        ("a", "(it is no regular file)"),
        ("", "(it is no regular file)"),
        ("here", "(it is no regular file)"),
        ("pipe", "(it is no regular file)"),
        ("circle", "(it cannot be opened: Too many levels of symbolic links)"),
        ("n" * 300, "(it cannot be opened: File name too long)"),
        ("d/" * 501 + "x", "(it would lie more than 500 directories deep)"),
    ],
)
def test_what_a_path_leads_to(tmp_path: Path, path: str, text: str, descriptors: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BY_DESCRIPTOR", descriptors)
    root = tmp_path / "root"
    made(tmp_path, "outside/x")
    tree = made(root, "a/b", "a/c/d")
    for name, target in {
        "inside": "a/b", "folder": "a", "a/up": "..", "out": "../outside/x", "elsewhere": "../outside", "dangling": "none",
        "circle": "circle", "here": ".",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    for _ in range(2):  # the second time directories are known
        assert told(tree, path) == text
    is_file = not text.startswith("(") or path == "pipe"
    assert tree.exists(path) is (is_file and path != "pipe")


def test_few_directories_stay_open_and_none_after_the_tree(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    paths = [f"d{number}/x/f" for number in range(100)]
    tree = made(tmp_path, *paths)
    for path in (*paths, *reversed(paths)):
        assert told(tree, path) == path
        assert told(tree, "d0/x/f") == "d0/x/f"
    assert len(os.listdir("/proc/self/fd")) <= before + 16
    del tree
    assert len(os.listdir("/proc/self/fd")) == before


def test_threads_share_a_tree(tmp_path: Path) -> None:
    paths = [f"d{number}/f" for number in range(40)]
    tree = made(tmp_path, *paths)
    wrong: list[str] = []

    def read() -> None:
        wrong.extend(path for _ in range(20) for path in paths if told(tree, path) != path)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@contextmanager
def swapping(path: Path, target: str) -> Iterator[None]:
    """Meanwhile, whatever lies at `path` and a link are put in each other's place again and again."""
    other, ended = path.with_name(f"{path.name}.other"), threading.Event()
    other.symlink_to(target)

    def swap() -> None:
        third = path.with_name(f"{path.name}.third")
        while not ended.is_set():
            path.rename(third)
            other.rename(path)
            path.rename(other)
            third.rename(path)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("swapped", ["a/b/file", "a/b", "a"])
def test_nothing_that_is_swapped_while_it_is_read_leads_outside(tmp_path: Path, swapped: str) -> None:
    made(tmp_path / "root", "a/b/file")
    (tmp_path / "secret/b").mkdir(parents=True)
    for name in ("secret/file", "secret/b/file"):
        (tmp_path / name).write_text("secret")
    target = {"a/b/file": "secret/file", "a/b": "secret", "a": "secret"}[swapped]
    seen = set()
    with swapping(tmp_path / "root" / swapped, str(tmp_path / target)):
        for _ in range(3000):
            seen.add(told(Tree(str(tmp_path / "root"), list), "a/b/file"))
    assert "a/b/file" in seen
    assert "secret" not in seen

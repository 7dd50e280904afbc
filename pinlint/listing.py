"""Which files lie below a root: what git tracks or does not ignore, or all of them.

Opens none of the files. What git is shown of the repository is its index, its list of excludes and the .gitignore files of the
work tree, none of which can run anything.
"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.git import POINTER, Refused, answer, directory, is_file, small

__all__ = ["Listing", "listing"]

#: What git says of a directory; it cuts what is longer than a path may be.
_UNREADABLE = "could not open directory '(.*?)(?:/?': (.*)|$)"


class Listing(NamedTuple):
    """`paths` are relative to the root, POSIX, each with a NUL behind it. `notes` say what could not be looked at, and whether
    .gitignore was heeded where one would think so."""

    paths: str
    notes: tuple[str, ...]


def listing(root: str, below: str = "") -> Listing:
    """The files under `below` (relative to `root`) that are tracked or not ignored, where git can be asked; else all of them."""
    if _is_nothing(os.path.join(root, ".git")):
        unread: list[str] = []
        return Listing(_joined(_walk(root, below, unread)), _unreadable(unread))
    try:
        return _asked(root, below)
    except Refused as error:
        unread = []
        paths = _joined(_walk(root, below, unread, repositories=False))
        return Listing(paths, (f"git could not be asked: {error}; what .gitignore names was looked at too", *_unreadable(unread)))


def _is_nothing(marker: str) -> bool:
    """Whether there is no `.git`, or an empty directory which only marks the root: then there is nothing to ask git about."""
    try:
        return not os.path.islink(marker) and not os.listdir(marker)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False


def _joined(paths: Iterator[str]) -> str:
    return "".join(f"{path}\0" for path in paths)


def _unreadable(folders: list[str]) -> tuple[str, ...]:
    if not folders:
        return ()
    more = f" and {len(folders) - 3} more" if folders[3:] else ""
    shown = [one if len(one) <= 200 else f"{one[:100]}…{one[-99:]}" for one in folders[:3]]
    return (f"not looked into: {', '.join(shown)}{more}",)


def _walk(
    root: str, below: str = "", unread: list[str] | None = None, *, repositories: bool = True, marks: bool = False
) -> Iterator[str]:
    """Every file and link under a directory, links not followed; `unread` gets the directories that cannot be read. Without
    `repositories`, those inside (submodules and the like) are left out, as git does; with `marks`, directories that are called
    .git are said too."""
    pending = [below]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(os.path.join(root, below)) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if unread is not None:
                unread.append(f"{below or '.'} ({error.strerror})")
            continue
        if not repositories and below and any(entry.name == ".git" for entry in entries):
            continue
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif entry.name != ".git":
                pending.append(path)
            elif marks:
                yield path


def _asked(root: str, below: str) -> Listing:
    """What git lists. Raises Refused where it cannot be asked or does not answer."""
    found = directory(root)
    words = ["ls-files", "-zco", "--exclude-standard", *(["-X", found.excludes] if found.excludes else []), "--", below or "."]
    out, said = answer(found, words, lambda: _nothing_to_wait_for(root), work_tree=root)
    unread = [f"{match[1]} ({match[2] or 'its path is too long'})" for match in re.finditer(_UNREADABLE, said, re.MULTILINE)]
    return Listing(_below(os.fsdecode(out)), _unreadable(unread))


def _nothing_to_wait_for(root: str) -> None:
    """Raises Refused where git waits for a writer that never comes: where a .gitignore is a pipe or the like, or the HEAD of a
    repository inside, at which git looks to tell whether it is one."""
    for path in _walk(root, marks=True):
        name, full = path.rpartition("/")[2], os.path.join(root, path)
        if name == ".git" and (pointer := re.fullmatch(POINTER, small(full))):
            full = os.path.join(os.path.dirname(full), os.fsdecode(pointer[1]), "HEAD")
        elif name == ".git":
            full = os.path.join(full, "HEAD")
        elif name != ".gitignore":
            continue
        if os.path.lexists(full) and not is_file(full, links=True):
            raise Refused(f"{path} is or leads to what is no regular file, and git waits for it")


def _below(paths: str) -> str:
    """The listed paths without any that git itself would refuse to add: absolute, leading upwards, or into git's own directory."""
    framed = f"\0{paths}".lower()
    if not any(sign in framed for sign in ("\0/", "//", "./", ".git/")):  # one of them is in each of the signs below
        return paths
    if not any(sign in framed for sign in ("\0/", "//", "\0./", "\0../", "/./", "/../", "\0.git/", "/.git/")):
        return paths
    strange = {"", ".", "..", ".git"}
    return "".join(f"{path}\0" for path in paths.split("\0") if path and strange.isdisjoint(path.lower().rstrip("/").split("/")))

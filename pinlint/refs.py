"""What the names of a repository stand for: branches, tags, HEAD.

Reads git's own small files, and nothing but regular files below its directory. Source: gitrevisions(7), gitrepository-layout(5).
"""

from __future__ import annotations

import os
import re
import stat

from pinlint.git import Directory, Refused, small

__all__ = ["resolved"]

#: Where a name is looked for, in git's order.
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_ID = re.compile(r"[0-9a-f]{4,64}")
_WHOLE = re.compile(rb"([0-9a-f]{64}|[0-9a-f]{40})\s*")
_SYMBOLIC = re.compile(rb"ref: (refs/[^\s\0]+)\s*")
#: What may stand behind a name: so many parents up, or what an annotated tag is of.
_REVISION = re.compile(r"([^~^:{}\s\\?*\[\0]+)((?:~\d{0,6}|\^\d{0,6}|\^\{(?:commit)?\})*)")
_DEEPEST, _LARGEST = 5, 64 << 20


def resolved(found: Directory, revision: str) -> str:
    """A revision with the object's name in place of the branch's, tag's or HEAD. Raises Refused for what names nothing, and for
    what only a work tree's history says (`@{upstream}`, `HEAD@{1}`, `:/text`)."""
    match = _REVISION.fullmatch("HEAD" + revision[1:] if re.match(r"@(?![\w{/.-])", revision) else revision)
    if not match:
        raise Refused("it is no name of a branch, tag or commit, with ~ and ^ behind it")
    name, behind = match[1], match[2]
    if _is_name(name):
        for place in _PLACES:
            if object_id := _read(found, place.format(name)):
                return object_id + behind
    if _ID.fullmatch(name.lower()):
        return name.lower() + behind
    raise Refused("no branch or tag is called so")


def _is_name(name: str) -> bool:
    return ".." not in name and "//" not in name and not name.startswith(("/", "-", ".")) and "/." not in name


def _read(found: Directory, name: str) -> str:
    """The object that a reference names, "" where there is no such one."""
    for _ in range(_DEEPEST):
        own = name == "HEAD" or (name.isupper() and "/" not in name)
        if not own and not name.startswith("refs/"):
            return ""
        text = _text(found.path if own else found.common, name)
        if match := _WHOLE.fullmatch(text):
            return match[1].decode()
        if match := _SYMBOLIC.fullmatch(text):
            name = os.fsdecode(match[1])
            if not _is_name(name):
                return ""
        else:
            return "" if text else _packed(found, name)
    return ""


def _text(folder: str, name: str) -> bytes:
    """A file of git's directory that no link leads to; nothing where there is none."""
    place = folder
    for part in name.split("/")[:-1]:
        place = os.path.join(place, part)
        if os.path.islink(place):
            return b""
    return small(os.path.join(folder, name))


def _packed(found: Directory, name: str) -> str:
    path = os.path.join(found.common, "packed-refs")
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return ""
        match = re.search(rb"(?m)^([0-9a-f]{40,64}) " + re.escape(os.fsencode(name)) + rb"$", file.read(_LARGEST))
    return match[1].decode() if match else ""

"""What a pack of git holds: commits, trees, contents and tags, each under the name that follows from its bytes.

A pack comes from somebody else, so everything in it is counted before it is made: objects, bytes, what a delta grows to. Names are
computed, never believed. Source: gitformat-pack(5). Reads bytes; asks nobody.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import NamedTuple

__all__ = ["Broken", "Object", "objects", "parents", "peeled", "root_of", "tree"]

#: Bytes that one object may have, and all of a pack with what their deltas grow to.
_LARGEST, _TOGETHER = 64 << 20, 192 << 20
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_REF_DELTA = 7
_PIECE = 65536
#: A delta that says how to copy nothing in little space: steps that all deltas of a pack may take.
_STEPS = 20_000_000
_TREE = re.compile(rb"tree ([0-9a-f]{40,64})\n")
_PARENT = re.compile(rb"^parent ([0-9a-f]{40,64})$", re.MULTILINE)
_OF_TAG = re.compile(rb"object ([0-9a-f]{40,64})\ntype ([a-z]+)\n")
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0", re.DOTALL)


class Broken(Exception):
    """Bytes that are no pack, or one that asks for more than pinlint gives; str() says in what."""


class Object(NamedTuple):
    """An object of a repository: its kind, "commit", "tree", "blob" or "tag", and its content."""

    kind: str
    content: bytes


class _Reader:
    """Takes a pack apart, object by object."""

    def __init__(self, pack: bytes, algorithm: str) -> None:
        size = hashlib.new(algorithm, usedforsecurity=False).digest_size
        if pack[:4] != b"PACK" or pack[4:8] not in (b"\0\0\0\2", b"\0\0\0\3") or len(pack) < 12 + size:
            raise Broken("it begins as no pack does")
        if hashlib.new(algorithm, pack[:-size], usedforsecurity=False).digest() != pack[-size:]:
            raise Broken("its own checksum contradicts it")
        self.pack, self.algorithm, self.name_size = memoryview(pack), algorithm, size
        self.end, self.at, self.left, self.steps = len(pack) - size, 12, _TOGETHER, _STEPS
        self.count = int.from_bytes(pack[8:12], "big")

    def byte(self) -> int:
        """The next byte."""
        if self.at >= self.end:
            raise Broken("it is cut off")
        self.at += 1
        return self.pack[self.at - 1]

    def head(self) -> tuple[int, int]:
        """(the kind's number, the size) of the next object."""
        byte = self.byte()
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 128:
            byte = self.byte()
            size |= (byte & 127) << shift
            shift += 7
            if shift > 63:
                raise Broken("a size in it is no number")
        return kind, size

    def base(self) -> str:
        """The name of the object that the next delta changes."""
        name = bytes(self.pack[self.at : self.at + self.name_size]).hex()
        self.at += self.name_size
        return name

    def inflated(self, size: int) -> bytes:
        """The next content, which says that it has so many bytes."""
        self.take(size)
        inflate, chunks, left = zlib.decompressobj(), [], size
        while not inflate.eof:
            piece = self.pack[self.at : min(self.at + _PIECE, self.end)]
            if not piece:
                raise Broken("it is cut off")
            try:
                chunk = inflate.decompress(piece, left + 1)
            except zlib.error:
                raise Broken("a content in it cannot be inflated") from None
            self.at += len(piece) - len(inflate.unconsumed_tail) - len(inflate.unused_data)
            left -= len(chunk)
            if left < 0 or (not chunk and inflate.unconsumed_tail):
                raise Broken("a content in it is larger than it says")
            chunks.append(chunk)
        if left:
            raise Broken("a content in it is smaller than it says")
        return b"".join(chunks)

    def take(self, size: int) -> None:
        """Counts bytes that are about to be made."""
        self.left -= size
        if size > _LARGEST or self.left < 0:
            raise Broken(f"it holds more than {_TOGETHER >> 20} MiB, or a file of more than {_LARGEST >> 20}")

    def named(self, one: Object) -> str:
        """The name that an object has."""
        name = hashlib.new(self.algorithm, b"%s %d\0" % (one.kind.encode(), len(one.content)), usedforsecurity=False)
        name.update(one.content)
        return name.hexdigest()


def objects(pack: bytes, algorithm: str = "sha1") -> dict[str, Object]:
    """Everything that a pack holds, by name. Raises Broken."""
    reader = _Reader(pack, algorithm)
    found: dict[str, Object] = {}
    waiting: dict[str, list[bytes]] = {}
    for _ in range(reader.count):
        kind, size = reader.head()
        if kind == _REF_DELTA:
            base = reader.base()
            waiting.setdefault(base, []).append(reader.inflated(size))
        elif kind in _KINDS:
            one = Object(_KINDS[kind], reader.inflated(size))
            found[reader.named(one)] = one
        else:
            raise Broken(f"an object in it is of kind {kind}, which was not asked for")
    if reader.at != reader.end:
        raise Broken("it holds more than it says")
    ready = [name for name in waiting if name in found]
    while ready:
        name = ready.pop()
        for delta in waiting.pop(name, ()):
            one = Object(found[name].kind, _patched(found[name].content, delta, reader))
            made = reader.named(one)
            found[made] = one
            if made in waiting:
                ready.append(made)
    if waiting:
        raise Broken("what its deltas change is not in it")
    return found


def _number(delta: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(delta) and shift < 64:
        byte = delta[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
    raise Broken("a delta in it is cut off")


def _patched(base: bytes, delta: bytes, reader: _Reader) -> bytes:
    """What a delta makes of its base."""
    (old, at), out, made = _number(delta, 0), [], 0
    size, at = _number(delta, at)
    if old != len(base):
        raise Broken("a delta in it is of something else")
    reader.take(size)
    try:
        while at < len(delta):
            step = delta[at]
            at += 1
            if step & 128:
                spot, length, at = _copy(delta, at, step)
                if spot + length > old:
                    raise Broken("a delta in it copies what is not there")
                out.append(base[spot : spot + length])
            elif step:
                length = step
                if at + length > len(delta):
                    raise Broken("a delta in it is cut off")
                out.append(delta[at : at + length])
                at += length
            else:
                raise Broken("a delta in it has a step of no kind")
            made += length
            reader.steps -= 1
            if made > size or reader.steps < 0:
                raise Broken("a delta in it makes more than it says")
    except IndexError:
        raise Broken("a delta in it is cut off") from None
    if made != size:
        raise Broken("a delta in it makes less than it says")
    return b"".join(out)


def _copy(delta: bytes, at: int, step: int) -> tuple[int, int, int]:
    """(where, how much, where the delta goes on) of a step that copies."""
    spot = length = 0
    for bit in range(7):
        if step >> bit & 1:
            if bit < 4:
                spot |= delta[at] << 8 * bit
            else:
                length |= delta[at] << 8 * (bit - 4)
            at += 1
    return spot, length or 0x10000, at


def tree(content: bytes, name_size: int) -> list[tuple[str, bytes, str]]:
    """(mode, file name, object name) of each entry of a tree; names that no file can have are left out. Raises Broken."""
    found, at = [], 0
    while at < len(content):
        match = _ENTRY.match(content, at)
        if not match or match.end() + name_size > len(content):
            raise Broken("a tree in it is none")
        at = match.end() + name_size
        found.append((match[1].decode("ascii").zfill(6), match[2], content[match.end() : at].hex()))
    return found


def root_of(commit: bytes) -> str:
    """The name of a commit's tree. Raises Broken."""
    if match := _TREE.match(commit):
        return match[1].decode("ascii")
    raise Broken("a commit in it has no tree")


def parents(commit: bytes) -> list[str]:
    """The names of a commit's parents."""
    return [name.decode("ascii") for name in _PARENT.findall(commit.partition(b"\n\n")[0])]


def peeled(name: str, found: dict[str, Object]) -> str:
    """The commit that a name leads to, through annotated tags. Raises Broken where it is none, or is not there."""
    seen: set[str] = set()
    while name not in seen and name in found:
        seen.add(name)
        one = found[name]
        if one.kind == "commit":
            return name
        match = _OF_TAG.match(one.content) if one.kind == "tag" else None
        if not match:
            raise Broken(f"{name[:12]} is a {one.kind} and no commit")
        name = match[1].decode("ascii")
    raise Broken(f"{name[:12]} is not in it")

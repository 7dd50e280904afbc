"""Packs of git made by hand, sound ones and such as no git would send."""

from __future__ import annotations

import hashlib
import zlib

__all__ = ["KINDS", "copying", "delta", "entry", "named", "pack", "tree"]

KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


def named(kind: str, content: bytes) -> str:
    """The name of an object."""
    return hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(content), content), usedforsecurity=False).hexdigest()


def tree(*entries: tuple[str, str, str]) -> bytes:
    """The content of a tree: mode, file name, object name of each entry."""
    return b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(id_) for mode, name, id_ in entries)


def number(value: int) -> bytes:
    """A size as deltas write it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def copying(start: int, size: int) -> bytes:
    """The step of a delta that copies."""
    return bytes([0xFF, *start.to_bytes(4, "little"), *size.to_bytes(3, "little")])


def delta(old: int, new: int, *steps: bytes) -> bytes:
    """A delta from so many bytes to so many."""
    return number(old) + number(new) + b"".join(steps)


def entry(kind: int, content: bytes, base: str = "", claimed: int | None = None) -> bytes:
    """An object as it lies in a pack."""
    size = len(content) if claimed is None else claimed
    head, size = [kind << 4 | size & 15], size >> 4
    while size:
        head[-1] |= 128
        head.append(size & 127)
        size >>= 7
    return bytes(head) + bytes.fromhex(base) + zlib.compress(content)


def pack(*entries: bytes, count: int | None = None, trailer: bytes | None = None, behind: bytes = b"") -> bytes:
    """A pack of entries."""
    body = b"PACK\0\0\0\2" + (len(entries) if count is None else count).to_bytes(4, "big") + b"".join(entries) + behind
    return body + (hashlib.sha1(body, usedforsecurity=False).digest() if trailer is None else trailer)

"""Snappy's block format, decompressed: what the addresses in GitHub's answers about attestations lead to.

Source: google/snappy, format_description.txt (no magic, no framing).
"""

from __future__ import annotations

__all__ = ["decompressed"]


def decompressed(data: bytes, largest: int) -> bytes:
    """The bytes. Raises ValueError for what is damaged, or larger than allowed."""
    try:
        size, at = _length(data)
        if size > largest:
            raise ValueError("too large")
        out = bytearray()
        while at < len(data):
            at = _literal(data, at, out) if data[at] & 3 == 0 else _copy(data, at, out)
            if len(out) > size:
                raise ValueError("longer than it says")
    except IndexError:
        raise ValueError("cut off") from None
    if len(out) != size:
        raise ValueError("shorter than it says")
    return bytes(out)


def _length(data: bytes) -> tuple[int, int]:
    """(the length of what was compressed, where the elements begin)."""
    size = 0
    for at in range(5):
        size |= (data[at] & 127) << 7 * at
        if data[at] < 128:
            return size, at + 1
    raise ValueError("no length")


def _literal(data: bytes, at: int, out: bytearray) -> int:
    length, at = data[at] >> 2, at + 1
    if length >= 60:
        width = length - 59
        length, at = int.from_bytes(data[at : at + width], "little"), at + width
    if at + length >= len(data):
        raise ValueError("cut off")
    out += data[at : at + length + 1]
    return at + length + 1


def _copy(data: bytes, at: int, out: bytearray) -> int:
    """Appends what came before, perhaps what is just being written."""
    tag = data[at]
    if tag & 3 == 1:
        length, offset, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at + 1], at + 2
    else:
        width = 2 if tag & 3 == 2 else 4
        length, offset, at = (tag >> 2) + 1, int.from_bytes(data[at + 1 : at + 1 + width], "little"), at + 1 + width
    if not 0 < offset <= len(out):
        raise ValueError("a copy from nowhere")
    for _ in range(length):
        out.append(out[-offset])
    return at

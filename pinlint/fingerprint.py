"""Names for findings that survive an edit elsewhere in the file: the hash of the reported line, and the finding's identity.

Knows the algorithm that code scanning uses and what makes two findings the same; must not know any report's notation.
"""

from __future__ import annotations

import re
import struct
from array import array
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.model import Diagnostic

__all__ = ["about", "identity", "line_hashes", "numbered"]

_WINDOW = 100
_BYTES = 2 * _WINDOW
_PADDING = b"\xff\xff" + b"\0" * _BYTES
_FOURS = struct.Struct("<25Q")
_EVEN_UNITS = int.from_bytes(b"\xff\xff\0\0" * (_WINDOW // 2), "little")
_EVEN_PAIRS = int.from_bytes(b"\xff\xff\xff\xff\0\0\0\0" * (_WINDOW // 4), "little")
#: 2**16 is the inverse of 37 under this modulus, so windows whose hash polynomials have the same value leave the same remainder
#: when they are read as one long number: one division in C tells which windows can share a hash.
_SIEVE = 37 * 65536 - 1
_INVALID = re.compile("[\ud800-\udfff]")


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    r"""`primaryLocationLineHash` of each of `lines` (1-based) that `text` has, as "hex:count".

    A line's hash covers the first 100 UTF-16 code units from its start on, blanks left out and line ends read as "\n", then 65535
    for the end of the file and zeros; `count` says how many lines up to this one have the same hash. Linear in the text. For the
    value that codeql-action computes, pass the file as it reads it, byte order mark kept: `data.decode("utf-8", "replace")`.
    Source: codeql-action, src/fingerprints.ts. Not counted: hashes that agree although the polynomials differ (chance 2**-64).
    """
    units = _squeezed(text)
    starts = _line_starts(units)
    wanted = {line for line in lines if 0 < line <= len(starts)}
    if not wanted:
        return {}
    del starts[max(wanted) :]
    number = int.from_bytes
    remainders = array("q", (number(units[start : start + _BYTES], "little") % _SIEVE for start in starts))
    candidates = {remainders[line - 1] for line in wanted}
    known: dict[bytes, str] = {}
    counts: dict[str, int] = {}
    found: dict[int, str] = {}
    for line, remainder in enumerate(remainders, 1):
        if remainder in candidates:
            start = starts[line - 1]
            window = units[start : start + _BYTES]
            value = known.get(window)
            if value is None:
                value = known[window] = _window_hash(window)
            counts[value] = count = counts.get(value, 0) + 1
            if line in wanted:
                found[line] = f"{value}:{count}"
    return found


def _squeezed(text: str) -> bytes:
    """The code units that are hashed, as UTF-16-LE, with enough zeros for the last line's window."""
    try:
        return _units(text)
    except UnicodeEncodeError:  # bytes that were no UTF-8, kept as lone surrogates
        return _units(_readable(text))


def _units(text: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    return text.encode("utf-16-le") + _PADDING


def _readable(text: str) -> str:
    """`text` with undecodable bytes replaced as a decoder replaces them."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return _INVALID.sub("\ufffd", text)


def _line_starts(units: bytes) -> array[int]:
    starts, at, find = array("q", (0,)), -1, units.find
    while (at := find(b"\n\0", at + 1)) >= 0:
        if not at % 2:  # else the two bytes belong to two units
            starts.append(at + 2)
    return starts


def _window_hash(window: bytes) -> str:
    """The polynomial with base 37 over the window's 100 units, modulo 2**64.

    Two units, then two pairs are added up in all places of one long number at once, which halves the time.
    """
    number = int.from_bytes(window, "little")
    number = (number & _EVEN_UNITS) * 37 + (number >> 16 & _EVEN_UNITS)
    number = (number & _EVEN_PAIRS) * 37**2 + (number >> 32 & _EVEN_PAIRS)
    total = 0
    for four in _FOURS.unpack(number.to_bytes(_BYTES, "little")):
        total = (total * 37**4 + four) & 0xFFFFFFFFFFFFFFFF
    return f"{total:x}"


def about(diagnostic: Diagnostic) -> str:
    """The artifact of a finding, "" for none, without its version: whoever raises a version that is not pinned has made no new
    finding. The address of a download holds one, too."""
    name = re.sub(r"\d+(?:[._-]\d+)*", "…", diagnostic.name) if diagnostic.kind == "url" else diagnostic.name
    return f"{diagnostic.kind}:{name}" if diagnostic.kind else ""


def identity(diagnostic: Diagnostic) -> str:
    """32 hexadecimal digits that stay the same while the finding does: no line, no column, no version, no wording in them.

    Two findings of one rule about the same artifact in one file share it; `numbered` tells them apart.
    """
    parts = (diagnostic.rule, diagnostic.path, about(diagnostic))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def numbered(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each diagnostic with a fingerprint that no other one has.

    It is its own (its identity where the caller gave none), followed by ":2", ":3" … from the second occurrence on. The order by
    path and position decides which occurrence is which.
    """
    counts: dict[str, int] = {}
    taken: set[str] = set()
    for diagnostic in diagnostics:
        unique = key = diagnostic.fingerprint or identity(diagnostic)
        count = counts.get(key, 1)
        while unique in taken:
            count += 1
            unique = f"{key}:{count}"
        counts[key] = count
        taken.add(unique)
        yield diagnostic, unique

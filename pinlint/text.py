"""Documents: bytes, the text they decode to, and the way from an offset to a line and column.

Knows encodings and line ends; must not know what the text means.
"""

from __future__ import annotations

import codecs
import re
import sys
from bisect import bisect_right
from itertools import accumulate
from typing import Any

__all__ = ["SIZE_LIMIT", "Document", "Unparsable", "Unread", "decode", "spelled"]

#: Bytes. A larger file is reported as unreadable instead of read.
SIZE_LIMIT = 64 * 1024 * 1024

_LINE_END = r"\r\n|\r|\n"
_XML_ENCODING = rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']"
_PEP263 = rb"coding[:=]\s*([-\w.]+)"  # as in pip/_internal/req/req_file.py
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


_ESCAPED = rb"\\(?:x([2-7][0-9a-fA-F])|u00([2-7][0-9a-fA-F])|U000000([2-7][0-9a-fA-F]))"


def spelled(data: bytes) -> bytes:
    """The bytes of a YAML or JSON file as a sieve for words wants them: in UTF-8, escapes between quotes spelled out."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or data[:4] == codecs.BOM_UTF32_BE:
        name = next(name for bom, name in _BOMS if data.startswith(bom))
        data = data.decode(name, "ignore").encode("utf-8", "ignore")
    if b"\\" not in data or not re.search(rb"\\[xuU/\r\n]", data):
        return data
    data = re.sub(rb"\\\r?\n[ \t]*", b"", data)
    data = re.sub(_ESCAPED, lambda found: bytes.fromhex((found[1] or found[2] or found[3]).decode()), data)
    return data.replace(b"\\/", b"/")


class Unread(Exception):
    """A file that cannot be taken as text; str() is the reason, in words a person can act on."""


class Unparsable(Exception):
    """Text that a syntax cannot read. str() is the reason, in words a person can act on; `offset` is the place in the text where
    reading stopped; `template` names the template language that it is written in ("a Jinja template …"), "" if it is none.
    `parsed` is what could be read all the same, None if nothing; `unread` are the stretches, (start, end), in which that is not so,
    and `open` those of the values beside which more would have stood.
    """

    def __init__(self, reason: str, offset: int, template: str = "") -> None:
        super().__init__(reason)
        self.offset = offset
        self.template = template
        self.parsed: Any = None
        self.unread: list[tuple[int, int]] = [(0, sys.maxsize)]
        self.open: list[tuple[int, int]] = []


def decode(data: bytes, decoding: str = "utf-8") -> tuple[str, bytes, str]:
    """(text without byte order mark, the mark, encoding) of `data`.

    `decoding` is how the consumer of the format reads it: "utf-8" (invalid bytes survive as surrogates), "pip" (any byte order
    mark, then a PEP 263 coding line in the first two lines, as pip reads requirements) or "xml" (any byte order mark, then
    the XML declaration). Raises Unread for NUL bytes, a UTF-16 file in a UTF-8-only format and unknown encodings.
    """
    mark, encoding = b"", "utf-8"
    for bom, name in _BOMS:
        if data.startswith(bom):
            mark, encoding = bom, name
            break
    else:
        if decoding == "xml" and (found := re.match(_XML_ENCODING, data)):
            encoding = found[1].decode("ascii")
        elif decoding == "pip":
            for line in data.split(b"\n", 2)[:2]:
                if line[:1] == b"#" and (found := re.search(_PEP263, line)):
                    encoding = found[1].decode("ascii", "replace")
                    break
    if decoding == "utf-8" and encoding != "utf-8":
        raise Unread(f"it is encoded as {encoding.upper()}; the tools that read such a file expect UTF-8: convert it")
    body = data[len(mark) :]
    if encoding.startswith(("utf-16", "utf-32")) is False and b"\0" in body:
        raise Unread("it holds NUL bytes, so it is no text file")
    try:
        if codecs.lookup(encoding).name == "utf-8":
            return body.decode("utf-8", "surrogateescape"), mark, "utf-8"
        return body.decode(encoding), mark, encoding
    except LookupError:
        raise Unread(f"it declares the unknown encoding {encoding!r}") from None
    except UnicodeError as error:
        raise Unread(f"it cannot be decoded as {encoding}: {error}") from None


class Document:
    """A file as text. `path` is relative to the repository's root, POSIX. Offsets count characters of `text`, which lacks the
    byte order mark; lines end at LF, CRLF and CR only; line and column numbers are 1-based, columns in code points.

    Invariant: `encode(text) == data`, or `editable` is False.
    """

    __slots__ = ("_editable", "_starts", "data", "encoding", "mark", "parsed", "path", "text")

    def __init__(self, path: str, data: bytes, decoding: str = "utf-8") -> None:
        self.path = path
        self.data = data
        self.text, self.mark, self.encoding = decode(data, decoding)
        self._starts: list[int] | None = None
        self._editable: bool | None = None
        self.parsed: Any = None  # what a syntax made of the text, for the formats that share a file

    def encode(self, text: str) -> bytes:
        """The bytes that `text` would be written as, byte order mark included."""
        return self.mark + text.encode(self.encoding, "surrogateescape" if self.encoding == "utf-8" else "strict")

    @property
    def editable(self) -> bool:
        """Whether the text can be written back without changing an untouched byte."""
        if self._editable is None:
            try:
                self._editable = self.encode(self.text) == self.data
            except UnicodeError:
                self._editable = False
        return self._editable

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line starts; the first is 0."""
        if self._starts is None:
            if "\r" in self.text:
                self._starts = [0, *(match.end() for match in re.finditer(_LINE_END, self.text))]
            else:
                lengths = map(len, self.text.split("\n")[:-1])
                self._starts = list(accumulate(map((1).__add__, lengths), initial=0))
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, both 1-based."""
        starts = self._starts or self.line_starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def region(self, start: int, end: int) -> tuple[int, int, int, int]:
        """(line, column, line of the last character, column behind it) of a stretch, 1-based; an empty one ends where it starts."""
        line, column = self.position(start)
        starts = self.line_starts
        if end <= start or line == len(starts) or end <= starts[line]:
            return line, column, line, column + max(end - start, 0)
        last, behind = self.position(end - 1)
        return line, column, last, behind + 1

    def seen(self, start: int, end: int) -> tuple[int, int, int, int]:
        """As `region`, of what people see of a stretch: what ends a line is no part of it."""
        if self.text[start - 1 : start + 1] == "\r\n":
            start -= 1
        return self.region(start, start + len(self.text[start:end].rstrip("\r\n")))

    def line(self, number: int) -> str:
        """The text of a line (1-based) without its line end."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

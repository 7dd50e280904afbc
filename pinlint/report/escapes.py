"""Text from a repository made safe for a report: one line, no control characters, valid Unicode.

Knows which characters do harm outside the file they come from; must not know any report's notation.
"""

from __future__ import annotations

import re

__all__ = ["clipped", "uri", "visible"]

# Control characters (line ends, terminal sequences), characters that reorder or hide text, lone surrogates, what XML forbids:
# compiled where there is any, for all of them are unprintable and most text is not.
_HARMFUL = "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_PLAIN_PATH = r"[A-Za-z0-9._~/-]*"


def visible(text: str) -> str:
    r"""`text` on one line: a newline as \n, control and bidirectional characters as \xNN or \uNNNN, undecodable bytes as \xNN."""
    return text if text.isprintable() else re.sub(_HARMFUL, _escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, kept by "surrogateescape"
        code -= 0xDC00
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def clipped(text: str, limit: int) -> str:
    """`text` cut to at most `limit` characters, the last of which then is an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def uri(path: str) -> str:
    """A POSIX path as a URI reference (RFC 3986): every byte that is not unreserved is percent-encoded, undecodable ones too."""
    if re.fullmatch(_PLAIN_PATH, path):
        return path
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)

"""Text from a repository made safe for a report: one line, no control characters, valid Unicode, no password, and nothing that a CI
server takes for a command where it reads a job's output.

Knows which text does harm outside the file it comes from; must not know any report's notation.
"""

from __future__ import annotations

import re

__all__ = ["cell", "clipped", "in_json", "in_unicode", "logged_out", "masked", "sayable", "uri", "visible"]

# Blanks count as unprintable, too. What else does is a control character, reorders or hides text, or is no character at all: looked
# at where there is any, for most text holds none.
_BLANKS = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# GitHub's runner obeys a line that starts with `::` and, wherever it stands, `##[`; Azure's `##vso[`, TeamCity `##teamcity[`.
# Source: actions/runner, ActionCommand.cs; of the others it is assumed that they look anywhere in a line, too.
_ORDER = r"^\s*::|##(?=\w*\[)"
# Who logs in with what, in an address: `https://user:password@host`, or a token alone; `alpine@sha256:…` is no login. A password
# with a # or ? in it belongs percent-encoded, and is one all the same.
_LOGIN = r"://([^\s/?#'\"<>]*|[^\s/?#:@'\"<>]+:(?!\d*[?#])[^\s/'\"<>]*)@(?!sha\d)"
# What lets in whoever has it, in a query, and by its own look.
_QUERY = r"(?i)[?&][\w-]{0,40}(?:token|key|secret|passw|sig|auth|credential)[\w-]{0,40}=([^&#\s'\"]+)"
# A token for a server of conda is a part of the path.
_IN_PATH = r"://[^\s'\"]{1,300}?/t/([A-Za-z0-9-]{6,})(?=[/\s'\",]|\Z)"
# A name that is made of words is none: GitLab's are twenty or more characters at random, of which hardly any has neither a capital
# nor two digits; those for Python indexes are macaroons, whose first two bytes are 2 and 1; Slack's begin with a number.
_SHAPED = (
    r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9]{20,}\w*|glpat-(?=[\w-]*[A-Z]|(?:[a-z_-]*\d){2})[\w-]{20,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{17,}|xox[abprs]-\d[\w-]{9,}|AKIA[0-9A-Z]{16})"
)
#: A value behind the name of a setting or an option.
_NAMED = (
    r"(?i)(?:passw(?:or)?d|secret|token|api[_-]?key|_auth|credential)s?['\"]?(?:=(?!=)|:?[ \t]+)(?!value=)['\"]?"
    r"([^\s'\",;*})][^\s'\",;]*)"
)
# What lets in whoever has it, elsewhere in a line: in a query, behind a name, or by its own look.
_SECRETS = (
    _QUERY,
    _IN_PATH,
    r"(?i)key=['\"][\w.-]{0,80}(?:passw|token|secret|api_?key)[\w.-]{0,80}['\"][ \t]+value=['\"]([^'\"]+)",
    _NAMED,
    r"(?i)authorization['\"]?[:=][ \t]*((?:(?:bearer|basic|token)[ \t]+)?[^\s'\"]+)",
    r"(?<!\S)(?:-u|--user)[ =]['\"]?[^\s:'\"]+:([^\s'\"]+)",
    r"(?<![\w/@:.-])[\w.-]+:([^\s/?#'\"<>@:]+)@(?=[A-Za-z][\w-]*(?:\.[\w-]+)*(?::\d+)?/)",
    _SHAPED,
)
_FILLED_IN = r"(?:[\w.-]*:)?[$%]\{?\w+\}?|[$%]?\{\{?.*"
# What a spreadsheet runs begins with one of these, also in their full-width forms. Source: OWASP, "CSV injection".
_FORMULA = r"(^|;)(?=[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
_HARMLESS = r"[+-]?[0-9]+(?:\.[0-9]+)*|@[a-z0-9~-][a-z0-9._~-]*/[a-z0-9~-][a-z0-9._~-]*"
_LONE = r"\\\\|\\ud[89ab]..\\ud[c-f]..|\\ud[89a-f].."
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_PLAIN_PATH = r"[A-Za-z0-9._~/-]*"


def visible(text: str) -> str:
    r"""`text` on one line: a newline as \n, control and bidirectional characters as \xNN or \uNNNN, undecodable bytes as \xNN; no
    password in an address, and \xNN in the middle of what a CI server would obey."""
    text = logged_out(text)
    if not text.isprintable():
        text = re.sub(r"[^ -~]", _escape, text)
    if "##" in text or "::" in text:
        text = re.sub(_ORDER, lambda match: r"#\x23" if match[0] == "##" else rf"{match[0][:-2]}\x3a:", text)
    return text


def logged_out(text: str) -> str:
    """`text` without the passwords and tokens in its addresses."""
    if "://" in text and "@" in text:
        text = re.sub(_LOGIN, lambda match: _starred(match, "***"), text)
    if "=" in text and ("?" in text or "&" in text):
        text = re.sub(_QUERY, lambda match: _starred(match, "…"), text)
    if "/t/" in text and "://" in text:
        text = re.sub(_IN_PATH, lambda match: _starred(match, "***"), text)
    return re.sub(_SHAPED, "***", text) if _may_hold_a_token(text) else text


def _may_hold_a_token(text: str) -> bool:
    """Whether a search for tokens is worth its time, which for most text it is not."""
    if "_" in text and re.search("gh[pousr]_|_pat_|npm_", text):
        return True
    return ("-" in text and ("glpat-" in text or "pypi-" in text or "xox" in text)) or "AKIA" in text


def cell(text: str) -> str:
    """`text` for a table that a spreadsheet may read: nothing that it would run, also where it takes a semicolon for the end of a
    cell. The name of an npm scope and a number only begin as a formula does."""
    text = visible(text)
    return text if re.fullmatch(_HARMLESS, text) else re.sub(_FORMULA, r"\1'", text)


def masked(line: str, start: int, end: int) -> str:
    """A source line in which `*` stands for every character of a password; from `start` to `end`, which is what a finding is about,
    not for one that only the word before it shows: `external-secrets: v1` is what people want to see."""
    whole = inside = re.sub(_LOGIN, _starred, line) if "://" in line else line
    for pattern in _SECRETS:
        whole = re.sub(pattern, _starred, whole)
        inside = inside if pattern == _NAMED else re.sub(pattern, _starred, inside)
    return whole[:start] + inside[start:end] + whole[end:]


def _starred(match: re.Match[str], stars: str = "") -> str:
    """The match with its secret covered; who logs in over SSH, or by what is filled in later, is none."""
    secret, text = match[1], match[0]
    if re.fullmatch(_FILLED_IN, secret) or (text.startswith("://") and _is_name(match)):
        return text
    at = match.start(1) - match.start()
    return text[:at] + (stars or "*" * len(secret)) + text[at + len(secret) :]


def _is_name(match: re.Match[str]) -> bool:
    return match[1] == "git" or (":" not in match[1] and match.string[: match.start()].lower().endswith("ssh"))


def in_json(encoded: str) -> str:
    r"""ASCII JSON as valid Unicode that no CI server takes for a command: of a byte that is no UTF-8 the text \xNN is left."""
    if "##" in encoded:
        encoded = re.sub(_ORDER, r"#\\u0023", encoded)
    return re.sub(_LONE, _paired, encoded) if "\\ud" in encoded else encoded


def in_unicode(text: str) -> str:
    r"""`text` for a record that is compared with it later: each byte of what is no Unicode as \xNN."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")


def _paired(match: re.Match[str]) -> str:
    if len(match[0]) != 6:  # a backslash, or a character beyond the first plane
        return match[0]
    return rf"\\x{match[0][4:]}" if match[0] >= r"\udc80" and match[0] <= r"\udcff" else r"\ufffd"


def sayable(text: str) -> bool:
    """Whether a report for programs can hold a stretch of a file as it is: text, and no password."""
    return not re.search("[\ud800-\udfff]", text) and masked(text, 0, 0) == text


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable() or character in _BLANKS:
        return character
    import unicodedata  # a library of its own, which few texts need

    code = ord(character)
    if unicodedata.category(character) in ("Cn", "Co") and code & 0xFFFE != 0xFFFE:
        return character  # a character of somebody's own, or of a later Unicode
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, kept by "surrogateescape"
        code -= 0xDC00
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


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

"""Ruby as Gemfiles are written: statements of words and texts with their places, the blocks around them, and comments.

No Ruby is run, and little of it is known: a text with something filled in has no value. Must not know what any call means.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Statement", "Token", "comments", "read", "statements"]

_TOKEN = re.compile(
    r"""(?ms)(?P<comment>\#[^\n]*|^=begin\b.*?(?:^=end[^\n]*|\Z))|(?P<line>\n)|"(?P<double>(?:[^"\\\n]|\\.)*+)"|'(?P<single>(?:[^'\\\n]|\\.)*+)'"""
    r"""|(?<![\w)\]])%(?P<percent>[qQwWiI]?)(?:\((?P<round>[^()\\]*+)\)|\[(?P<square>[^\[\]\\]*+)\]|\{(?P<curly>[^{}\\]*+)\}"""
    r"""|<(?P<angle>[^<>\\]*+)>|(?P<bar>[|!/])(?P<between>[^|!/\\\n]*+)(?P=bar))"""
    r"""|<<[~-]?(?P<quote>["'`]?)(?P<heredoc>[A-Z_a-z]\w*)(?P=quote)"""
    r"""|(?P<word>:?[A-Za-z_]\w*[?!]?(?::(?!:))?|:"[^"\n]*")|(?P<arrow>=>)|(?P<mark>\S)"""
)
_PERCENT = ("round", "square", "curly", "angle", "between")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
#: What begins something that ends with `end`, and may leave out what stands in it.
_MAYBE = frozenset(("if", "unless", "case", "while", "until", "for", "def", "class", "module", "begin"))
_CARRIES_ON = frozenset((",", "\\", ".", "|", "&", "+"))
#: Where one line may hold two statements.
_THEN = frozenset(("then", "else"))
_MODIFIERS = frozenset(("if", "unless", "while", "until", "rescue"))
#: Calls that are looked for within a statement.
_CALLED, _SENT = frozenset(("gem", "pod")), frozenset((":gem", ":pod"))
_SEND = frozenset(("send", "public_send", "__send__"))
_LONGEST = 200  # tokens of a statement that are looked at
#: Blocks around a statement that are told; of more nobody writes a Gemfile.
_DEEPEST = 20


class Token(NamedTuple):
    """`kind` is "word" (also `:symbol` and `key:`), "text" or "mark". A text has its value, None where something is filled in."""

    kind: str
    text: str | None
    span: Span


class Statement(NamedTuple):
    """The tokens of a statement, the statements that begin the blocks around it, and whether it may be left out."""

    tokens: tuple[Token, ...]
    around: tuple["Statement", ...]
    maybe: bool

    @property
    def call(self) -> str:
        """The word that it begins with."""
        return self.tokens[0].text or "" if self.tokens[0].kind == "word" else ""


def read(text: str) -> list[Statement]:
    """Every statement in the order of the text."""
    made: list[Statement] = []
    stack: list[tuple[Statement, bool]] = []
    maybe = 0  # blocks around that may be left out
    for tokens in _lines(text):
        words = [token.text if token.kind == "word" else "" for token in tokens]
        around = tuple(one for one, is_maybe in stack[-_DEEPEST:] if not is_maybe)
        modified = any(word in _MODIFIERS for word in words[1:])
        statement = Statement(tokens, around, maybe > 0 or modified)
        made.append(statement)
        for number, word in enumerate(words):
            if (word == "end" or (len(tokens) == 1 and tokens[0].text == "}")) and stack:
                maybe -= stack.pop()[1]
            elif word == "do" or (word in _MAYBE and "do" not in words and (number == 0 or tokens[number - 1].text == "=")):
                stack.append((statement, words[0] in _MAYBE or word != "do"))
                maybe += stack[-1][1]
        if tokens[-1].text == "{" and tokens[-1].kind == "mark":
            stack.append((statement, False))
        made += _inner(statement)
    return made


def _inner(statement: Statement) -> Iterator[Statement]:
    """What a statement calls besides what it begins with, as `c and gem "x"`, `c ? gem("x") : gem("y")` and `send :gem, "x"` do."""
    tokens = statement.tokens
    for number in range(1, min(len(tokens) - 1, _LONGEST)):
        token, before = tokens[number], tokens[number - 1]
        sent = token.text in _SENT and tokens[number + 1].text == "," and any(one.text in _SEND for one in tokens[:number])
        own = before.text == "." and number > 1 and tokens[number - 2].text == "self"
        if sent or (token.kind == "word" and token.text in _CALLED and (before.text != "." or own) and before.text != "def"):
            behind = tokens[number + 1 + sent :]
            call = Token("word", str(token.text).strip(":"), token.span)
            yield Statement((call, *behind), statement.around, statement.maybe or not (sent or own))


def _found(text: str) -> Iterator[re.Match[str]]:
    """What a text is made of, up to `__END__`, without the bodies of heredocs."""
    ends: dict[str, list[int]] = {}
    if "<<" in text:
        for line in re.finditer(r"^[ \t]*(\w+)[ \t]*\r?$", text, re.MULTILINE):
            ends.setdefault(line[1], []).append(line.end())
    at, bodies = 0, list[str]()
    while found := _TOKEN.search(text, at):
        at = found.end()
        alone = text[max(0, found.start() - 1) : found.start()] in ("", "\n") and text[at : at + 1] in ("", "\r", "\n")
        if found["word"] == "__END__" and alone:
            return
        if found["heredoc"]:
            bodies.append(found["heredoc"])
        elif found["line"]:
            for tag in bodies:  # of one that never ends nobody knows where it would
                known = ends.get(tag, [])
                number = bisect(known, at)
                at = known[number] if number < len(known) else at
            bodies = []
        yield found


def _lines(text: str) -> Iterator[tuple[Token, ...]]:
    """The tokens of each statement: a line, and what it goes on in; what a block holds may stand in the line that begins it."""
    tokens: list[Token] = []
    depth, bars, braces = 0, 0, 0  # bars around the parameters of a block that are still to come, braces of blocks that are open
    for found in _found(f"{text}\n"):
        if found["comment"] is not None:
            continue
        if found["line"] or found[0] == ";":
            bars = 0
            if tokens and depth <= 0 and tokens[-1].text not in _CARRIES_ON:
                yield tuple(tokens)
                tokens, depth = [], 0
            continue
        if bars and (bars == 1 or found[0] == "|"):
            bars -= found[0] == "|"
            continue
        bars = 0
        word = found["word"] if depth <= 0 else None
        closes = found[0] == "}" and depth <= 0 and braces > 0
        if tokens and (closes or (word in ("end", "else") and tokens[-1].text != ".")):
            yield tuple(tokens)
            tokens, depth = [], 0
        opens = found[0] == "{" and depth <= 0 and bool(tokens) and _takes_a_block(tokens[-1])
        braces += opens - closes
        if not opens and not closes:
            depth += (found[0] in _OPEN) - (found[0] in _CLOSE)
        tokens.append(_token(found))
        if opens or closes or (depth <= 0 and (found["word"] == "do" or word in _THEN)):
            yield tuple(tokens)
            tokens, depth, bars = [], 0, 2 * (opens or found["word"] == "do")
    if tokens:
        yield tuple(tokens)


def _takes_a_block(token: Token) -> bool:
    """Whether a brace behind a token begins a block, and no table."""
    if token.kind == "word":
        return token.text is not None and not token.text.startswith(":") and not token.text.endswith(":")
    return token.kind == "mark" and token.text in (")", "]")


def _token(found: re.Match[str]) -> Token:
    span = Span(*found.span())
    if found["double"] is not None:
        return Token("text", None if "#{" in found["double"] or "\\" in found["double"] else found["double"], span)
    if found["single"] is not None:
        return Token("text", None if "\\" in found["single"] else found["single"], span)
    if found["percent"] is not None:
        if found["percent"] in "wWiI" and found["percent"]:
            return Token("mark", "%", span)
        held = next(found[name] for name in _PERCENT if found[name] is not None)
        return Token("text", None if found["percent"] != "q" and "#{" in held else held, span)
    if found["heredoc"]:
        return Token("text", None, span)
    return Token("word" if found["word"] else "mark", found[0], span)


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in _found(document.text) if found["comment"] is not None]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every statement."""
    for tokens in _lines(document.text):
        yield tokens[0].span.start, Span(tokens[0].span.start, tokens[-1].span.end)

"""Text that a program fills in before it is read: which language that is, and the same text without its actions.

Knows the marks of template languages; must not know the syntax of what they are filled into, except how lines are indented.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Whether what stands between two places of a text is an action, as it looks.
    Judge = Callable[[int, int], bool]

__all__ = ["HOLE", "LANGUAGES", "MARK", "masked", "reaching", "shaping"]

#: Stands where a template's action was cut out of the text that is parsed: a character that no file holds.
HOLE = "\ue000"

#: What a template is called, by the mark that shows it.
LANGUAGES = {
    "{{": "a template ({{ … }})",
    "{%": "a Jinja template ({% … %})",
    "<%": "an ERB or EJS template (<% … %>)",
    "%%": "a template (%%…%%)",
}
MARK = re.compile(r"\{\{|\{%|<%|^%%", re.MULTILINE)

_OPENING = re.compile(r"\{(?<!\$\{)[{%#]")  # `${#list[@]}` is a shell's
_CLOSINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}

# These are compiled where they are used: most files are no templates.
_VISIBLE = r"[^\r\n]"
_INDENTED = rf"(?m)(^[ \t]+)|{_VISIBLE}"
#: What follows begins with the line end before it, not with `^`, which would be tried at every character.
_ALONE = f"(?m)\n[ \t]*{HOLE}[ \t{HOLE}]*(?:[ \t]#.*)?\r?$"
#: `{{ else }}`, then what stands for nothing: the other branch may be a block.
_EMPTY = r"(?m)\n[ \t]+(?:\[\]|\{\})[ \t]*\r?$"
_NEXT_LINE = r"(?:\r?\n[ \t]*(?:#[^\n]*)?)*\r?\n"
#: An action that is all of a key's or an element's value, while the next line, indented deeper (or an element of a list, under a
#: key), says that the value is a block: `labels: {{ … }}`, `- {{ … }}`.
_BEFORE_BLOCK = (
    rf"(?m)\n( *)(?:[\w.\"'/-]{{1,200}}:[ \t]+{HOLE}+[ \t]*\r?$(?={_NEXT_LINE}\1(?: +[^\s#]|- ))"
    rf"|-[ \t]+{HOLE}+[ \t]*\r?$(?={_NEXT_LINE}\1 +[^\s#]))"
)
_REACHING = r"""[\r\n]|:(?!=)|["'\]}][ \t]*,"""
_COMMENT, _COMMENT_END = r"\{\{(?:- )?/\*", r"\*/(?: -)?\}\}"  # so strict is text/template, parse/lex.go
_RAW_START = r"\{\{-?\s*`"
_RAW = r"(?P<before>\{\{-?\s*`)(?P<text>[^`]*)(?P<behind>`\s*-?\}\})"
_BLANKS = dict.fromkeys(map(ord, f"{HOLE}{{}}[]"), " ")
_BLOCK_TEXTS = ("|", "|-", "|+", ">", ">-", ">+")


def reaching(text: str) -> bool:
    """Whether what looks like an action holds what could end one value and begin another: a line end, a colon, a comma behind a
    closing quote or bracket."""
    if not _may_hold_actions(text):
        return False
    could = re.compile(_REACHING)
    return any(could.search(text, start, end) for start, end in _actions(text))


def masked(text: str, judge: Judge | None = None) -> str:
    """The text with every action of a template cut out, as long as before and with the same line ends; of what looks like actions
    only those that `judge` takes for some.

    Actions that stand on lines of their own leave blanks, others leave HOLEs in the value that they are a part of.
    """
    if not _may_hold_actions(text):
        return text
    pieces, at = [], 0
    for start, end in _actions(text, judge):
        pieces += [text[at:start], _cut(text, start, end)]
        at = end
    if not pieces:
        return text
    without = "".join(["\n", *pieces, text[at:]])
    for blank in (_ALONE, _EMPTY, _BEFORE_BLOCK):
        without = re.sub(blank, _blank, without)
    return _begun(without[1:])


def _may_hold_actions(text: str) -> bool:
    """False for a workflow, which is no template and has expressions only."""
    return "{%" in text or ("{{" in text and text.count("{{") != text.count("${{"))


def _cut(text: str, start: int, end: int) -> str:
    """What stands for an action: HOLEs, but for what Go's templates put out as it is: a text in backquotes by itself."""
    action = text[start:end]
    raw = re.fullmatch(_RAW, action) if "`" in action else None
    around = text[start - 1 : start] if start else "", text[end : end + 1]
    if raw is None or any(one and not one.isspace() for one in around):
        if "\n" not in action and "\r" not in action:
            return HOLE * len(action)
        return re.sub(_INDENTED, lambda one: one[1] or HOLE, action)  # an indentation says what a line belongs to
    said = re.sub(r"\{\{.*?\}\}", lambda inner: re.sub(_VISIBLE, HOLE, inner[0]), raw["text"], flags=re.DOTALL)
    return re.sub(_VISIBLE, " ", raw["before"]) + said + re.sub(_VISIBLE, " ", raw["behind"])


def _blank(line: re.Match[str]) -> str:
    """The line without what stands for actions or for nothing."""
    return line[0].translate(_BLANKS)


def _begun(text: str) -> str:
    """The text with HOLEs in place of the blanks that a block text (`|`, `>`) begins with, as far as they reach over what follows.

    YAML takes the longest of those lines for the indentation of all, and the first line with text, which has less, for the end.
    """
    lines, first = text.split("\n"), 0
    for number, line in enumerate(lines):
        if not line or line.isspace():
            continue
        above = lines[first - 1].partition(" #")[0].rstrip() if first else ""
        if first < number and above.endswith(_BLOCK_TEXTS) and _indent(line) > _indent(above):
            for blank in range(first, number):
                end = len(lines[blank].rstrip("\r"))
                if end > (start := _indent(line)) and "\r" not in lines[blank][:end]:
                    lines[blank] = lines[blank][:start] + HOLE * (end - start) + lines[blank][end:]
        first = number + 1
    return "\n".join(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _actions(text: str, judge: Judge | None = None) -> Iterator[tuple[int, int]]:
    """Where the actions of a template stand that `judge` takes for some. `${{ … }}` is none: a workflow's expression is a value
    like any other. Nor is the lone `{{` of a script: what would reach to the end of an expression, or over the start of an action
    on a later line. A comment in Go's templates (`{{- /* … */ -}}`) may hold whatever looks like an action, and so may a text in
    backquotes."""
    at = 0
    ahead: dict[str, int] = {}  # where each mark comes next: every stretch of the text is searched once

    def following(mark: str, start: int) -> int:
        if ahead.get(mark, -1) < start:
            found = text.find(mark, start)
            ahead[mark] = found if found >= 0 else len(text)
        return ahead[mark]

    def is_action(start: int, end: int) -> bool:
        return judge is None or judge(start, end)

    comment, raw_start = re.compile(_COMMENT), re.compile(_RAW_START)
    while opened := _OPENING.search(text, at):
        if comment.match(text, opened.start()):
            ended = re.compile(_COMMENT_END).match(text, following("*/", opened.end()))
            if ended and is_action(opened.start(), ended.end()):
                at = ended.end()
                yield opened.start(), at
                continue
        raw = raw_start.match(text, opened.start())
        if raw and (end := following("}}", following("`", raw.end()))) < len(text) and is_action(opened.start(), end + 2):
            at = end + 2
            yield opened.start(), at
            continue
        closing = _CLOSINGS[opened[0]]
        end = following(closing, opened.end())
        inner = following("{{", opened.end())
        over = following("${{", opened.end()) < end or following("\n", opened.end()) < inner < end
        if end == len(text) or over or not is_action(opened.start(), end + len(closing)):
            at = opened.end()
        else:
            at = end + len(closing)
            yield opened.start(), at


_QUOTED = r"""(?<![^\s:,\[{(-])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')"""
_BLOCK = r"[|>][-+0-9]*[ \t]*$"
_DASHES = r" *(?:- +)*"


def shaping(text: str) -> re.Match[str] | None:
    """The first mark of a template that may decide what is a key and what is a value: in quotes, comments, block texts and within a
    plain value it cannot, so whatever it is filled in with, the text is as sound as it is now. `${{ … }}` is no template's."""
    within, at = -1, 0  # the indentation of what a block text belongs to
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        indent = _indent(line)
        if line.isspace() or (within >= 0 and indent > within):
            continue
        bare = re.sub(_QUOTED, lambda found: "q" * len(found[0]), line.rstrip("\r\n"))
        bare = re.sub(r"(?:^|(?<=\s))#.*", "", bare)
        for found in re.finditer(r"(?<!\$)\{\{|\{%|<%|^%%", bare):
            if _begins_value(bare, found.start()):
                return MARK.match(text, start + found.start())
        dashes = re.match(_DASHES, bare)
        alone = re.fullmatch(r" *(?:- +)*[|>][-+0-9]*[ \t]*", bare)
        block = re.search(_BLOCK, bare)
        begun = block is not None and _begins_block(bare, block.start())
        within = (indent if alone or dashes is None else dashes.end()) if begun else -1
    return None


# Both go back from a place: a pattern that is tried at every place of a long line would look at the rest of it each time.
def _begins_value(line: str, at: int) -> bool:
    """Whether a value, or a key, may begin at a place of a line."""
    end = at
    while end and line[end - 1] in " \t":
        end -= 1
    if not end:
        return True
    before = line[end - 1]
    if end == at:
        return before in "[{,"
    return before in ":?,[{" or (before == "-" and (end == 1 or line[end - 2] in "[{," or line[end - 2].isspace()))


def _begins_block(line: str, at: int) -> bool:
    """Whether a block text may begin at a place of a line: behind a key or dash, with tags and anchors between."""
    while at:
        end = at
        while end and line[end - 1] == " ":
            end -= 1
        if end == at or not end:
            return False
        if line[end - 1] in ":-":
            return True
        at = end
        while at and not line[at - 1].isspace():
            at -= 1
        if line[at] not in "!&" or end - at < 2:
            return False
    return True

"""Under which conditions the templates of a chart write a value, or a place of their own.

Templates are looked at, never rendered: what is not among the few forms that charts use is None. Knows templates; must not know
what an image is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from pinlint.semantics.chart_conditions import Condition, Path, all_of, any_of, none_of

__all__ = ["Guards"]

_ACTION = re.compile(r"\{\{-?(?P<inside>(?:[^{}\"`]++|\"(?:[^\"\\\n]++|\\.)*+\"|`[^`]*+`|\{(?!\{)|\}(?!\}))*+)\}\}")
_COMMENT = re.compile(r"\{\{-?\s*/\*.*?(?:\*/\s*-?\}\}|\Z)", re.DOTALL)
_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|:=|[()|,]|[^\s()|,\"`]+")
_VALUES = re.compile(r"(?:^|[\w$])?\.Values((?:\.[\w-]+)*)\Z")
_WORD = re.compile(r"(\$\w*)?((?:\.[\w-]+)*)\.?\Z")
_LONGEST, _DEEPEST = 4000, 40
#: Places of one value.
_PLACES = 500
#: Named templates that are given images and write none of them.
_ASIDE = re.compile(r"(?i)\".*(?:pull-?secret|warning|rollingtag|validat|insecureimage|getvaluefromkey|images\.version|errors\.)")
_PLAIN = ("toString", "quote", "squote", "trim", "lower")
#: What a path may go on with where what is below it is taken one by one.
EACH = "*"


class _Root:
    """Everything that a template is given."""


_ROOT = _Root()
#: What a word stands for: a value by its path, everything, a text or number, the outcome of a condition; None for anything else.
_Meaning: TypeAlias = Path | _Root | None


class Mention(NamedTuple):
    """A place that writes a value, or hands it on: its path, when, and inside which named template ("" = none)."""

    path: Path
    condition: Condition
    inside: str


class _Call(NamedTuple):
    name: str  # "" where only a run knows it
    condition: Condition
    inside: str
    whole: bool  # whether it is given everything


class _Frame:
    """A block that an `end` will end."""

    def __init__(self, condition: Condition, dot: _Meaning, variables: dict[str, _Meaning], inside: str, *, fresh: bool) -> None:
        self.condition, self.dot, self.variables, self.inside, self.fresh = condition, dot, variables, inside, fresh
        self.before: list[Condition] = [condition]


class Guards:
    """What the templates of one chart do with its values. `texts` are its templates by path, the named ones of others in it
    included; which paths are rendered and which only hold named templates `rendered` says."""

    def __init__(self, texts: Iterable[tuple[str, str, bool]]) -> None:
        self._places: dict[str, list[tuple[int, Condition, str]]] = {}
        self._mentions: dict[Path, list[Mention]] = {}
        self._each: list[Mention] = []
        self._calls: list[_Call] = []
        self._named: set[str] = set()
        for path, text, rendered in texts:
            self._scan(path, text, rendered=rendered)
        self._when: dict[str, Condition] = {}
        self._by_name: dict[str, list[_Call]] = {}
        for call in self._calls:
            self._by_name.setdefault(call.name, []).append(call)

    def at(self, path: str, offset: int) -> Condition:
        """When what stands at a place of a template is written."""
        places = self._places.get(path)
        if not places:
            return None
        _, condition, inside = places[max(0, bisect_right(places, offset, key=lambda one: one[0]) - 1)]
        return all_of([condition, self._called(inside)])

    def written(self, path: Path, parts: Iterable[Path]) -> Condition:
        """When a value, or one of the parts that lie in it, is written."""
        whole = [mention for end in range(len(path)) for mention in self._mentions.get(path[:end], ())]
        whole += [mention for mention in self._each if _fits(mention.path, path)]
        exact = (mention for one in dict.fromkeys((path, *parts)) for mention in self._mentions.get(one, ()))
        found = [all_of([mention.condition, self._called(mention.inside)]) for mention in exact]
        found += [all_of([mention.condition, self._called(mention.inside), None]) for mention in whole]
        elsewhere = (call for call in self._calls if call.whole and call.name not in self._named)
        found += [all_of([call.condition, self._called(call.inside), None]) for call in elsewhere]
        return any_of(found)

    def _called(self, name: str) -> Condition:
        """When a named template is called; "" is none, so that what stands there is written."""
        if not name:
            return True
        if name not in self._when:
            self._when[name] = False if len(self._when) < 10_000 else None  # of one that only calls itself
            calls = [*self._by_name.get(name, ()), *self._by_name.get("", ())]
            self._when[name] = any_of(
                all_of([call.condition, self._called(call.inside), *(() if call.name else (None,))]) for call in calls
            )
        return self._when[name]

    def _scan(self, path: str, text: str, *, rendered: bool) -> None:
        outside = _Frame(rendered, _ROOT, {}, "", fresh=True)
        frames = [outside]
        places = self._places.setdefault(path, [(0, outside.condition, "")])
        for action in _ACTION.finditer(_COMMENT.sub(lambda comment: " " * len(comment[0]), text)):
            inside = action["inside"].strip().removesuffix("-").strip()
            if not inside:
                continue
            if len(inside) > _LONGEST or len(frames) > _DEEPEST:
                if ".Values" in inside or "include" in inside:  # else it is a long text
                    self._mention((), all_of([_holds(frames), None]), frames[-1].inside)
                continue
            tokens = _TOKEN.findall(inside)
            if self._turn(tokens, frames):
                places.append((action.end(), _holds(frames), frames[-1].inside))

    def _mention(self, path: Path, condition: Condition, inside: str) -> None:
        """Notes a place; more than a chart can have of one value are as one of which nobody can tell when it is written."""
        some = self._each if EACH in path else self._mentions.setdefault(path, [])
        if len(some) == _PLACES:
            some.append(Mention(path if EACH not in path else (EACH,), None, ""))
        elif len(some) < _PLACES:
            some.append(Mention(path, condition, inside))

    def _turn(self, tokens: list[str], frames: list[_Frame]) -> bool:
        """Reads one action; whether another block begins or ends with it."""
        word, top = tokens[0], frames[-1]
        if word == "end":
            if len(frames) > 1:
                frames.pop()
            return True
        if word in ("define", "block") and len(tokens) > 1:
            name = tokens[1].strip('"`')
            self._named.add(name)
            if word == "block":
                self._calls.append(_Call(name, _holds(frames), top.inside, whole=True))
            frames.append(_Frame(True, None, {}, name, fresh=True))
            return True
        if word in ("if", "with", "range"):
            frames.append(self._block(word, tokens[1:], frames, []))
            return True
        if word == "else":
            before = list(top.before)
            kind = tokens[1] if len(tokens) > 1 else ""
            outer = frames[:-1] if len(frames) > 1 else frames
            frames[-1] = made = self._block(kind, tokens[2:], outer, before) if len(frames) > 1 else top
            made.before = [*before, *made.before]
            return True
        self._plain(tokens, frames)
        return False

    def _block(self, word: str, tokens: list[str], frames: list[_Frame], before: list[Condition]) -> _Frame:
        """The block that an `if`, `with`, `range` or `else` begins."""
        top = frames[-1]
        variables, dot, own = dict(top.variables), top.dot, tokens
        if ":=" in tokens:
            own = tokens[tokens.index(":=") + 1 :]
            variables.update((one, None) for one in tokens[: tokens.index(":=")] if one.startswith("$"))
        condition: Condition = True
        if word:
            condition = _Parser(own, top).condition()
            meaning = _meaning(own[0], top) if len(own) == 1 else None
            if word != "if":
                dot = meaning
                if word == "range":
                    dot = (*meaning, EACH) if isinstance(meaning, tuple) else None
                if not isinstance(meaning, (tuple, _Root)):
                    self._noted(own, frames)
                names = [one for one in variables if one in tokens[: len(tokens) - len(own)]]
                variables.update({names[-1]: dot} if names else {})
        made = all_of([condition, *(none_of(one) for one in before)])
        frame = _Frame(made, dot, variables, top.inside, fresh=False)
        frame.before = [condition]
        return frame

    def _plain(self, tokens: list[str], frames: list[_Frame]) -> None:
        top = frames[-1]
        if len(tokens) > 2 and tokens[0].startswith("$") and tokens[1] in (":=", "="):
            name, given = tokens[0], tokens[2:]
            meaning = _meaning(given[0], top) if len(given) == 1 else _Parser(given, top).whole()
            known = top.variables.get(name) if tokens[1] == "=" else meaning
            top.variables[name] = meaning if known == meaning else None
            if isinstance(meaning, (tuple, _Root)):  # what becomes of it is seen where it is written
                return
            self._noted(given, frames)
            return
        self._noted(tokens, frames)

    def _noted(self, tokens: list[str], frames: list[_Frame]) -> None:
        """The values and named templates of an action that writes something, or hands it on."""
        top, now = frames[-1], _holds(frames)
        if "sha256sum" in tokens or any(_ASIDE.search(token) for token in tokens):  # a sum says whether something changed
            return
        passed = 0
        for number, token in enumerate(tokens):
            if token in ("include", "template") and number + 1 < len(tokens):
                name = tokens[number + 1]
                rest = tokens[number + 2 :]
                whole = any(one in (".", "$") or one.endswith(".Values") or isinstance(_meaning(one, top), _Root) for one in rest)
                self._calls.append(_Call(name.strip('"`') if name[0] in '"`' else "", now, top.inside, whole))
            if token in ("index", "get"):
                parser = _Parser(tokens[number:], top)
                meaning, behind = parser.place(), number + parser.read
                passed = max(passed, behind) if meaning is not None else passed
            else:
                meaning = _meaning(token, top) if number >= passed else None
            if isinstance(meaning, tuple):
                self._mention(meaning, now, top.inside)


def _holds(frames: list[_Frame]) -> Condition:
    """When what stands in the innermost of these blocks is written, within its named template."""
    some: list[Condition] = []
    for frame in reversed(frames):
        some.append(frame.condition)
        if frame.fresh:
            break
    return all_of(reversed(some))


def _fits(pattern: Path, path: Path) -> bool:
    """Whether one path leads to or from the other, `*` standing for any key."""
    return all(one in (other, EACH) for one, other in zip(pattern, path, strict=False))


def _meaning(token: str, frame: _Frame) -> _Meaning:
    """What a word stands for: a value, or everything; None for anything else."""
    if token[:1] not in (".", "$"):
        return None
    if (match := _VALUES.search(token)) and (not isinstance(frame.dot, tuple) or token[0] == "$"):
        return tuple(match[1].split(".")[1:])
    found = _WORD.fullmatch(token)
    if found is None:
        return None
    base: _Meaning = frame.dot if found[1] is None else _ROOT if found[1] == "$" else frame.variables.get(found[1])
    keys = tuple(found[2].split(".")[1:])
    if isinstance(base, tuple):
        return (*base, *keys)
    return base if not keys else None


class _Parser:
    """Reads the condition that an action asks."""

    def __init__(self, tokens: Sequence[str], frame: _Frame) -> None:
        self._tokens, self._frame, self._at, self._depth = tokens, frame, 0, 0

    def condition(self) -> Condition:
        """What the whole of it asks."""
        meaning = self._pipeline()
        return _asked(meaning) if self._at >= len(self._tokens) else None

    def place(self) -> _Meaning:
        """The value that its beginning means, if it means one and makes nothing of it."""
        meaning = self._command()
        return meaning if isinstance(meaning, (tuple, _Root)) else None

    def whole(self) -> _Meaning:
        """The value that all of it means, if it means one and makes nothing of it."""
        meaning = self._pipeline()
        return meaning if self._at >= len(self._tokens) and isinstance(meaning, (tuple, _Root)) else None

    @property
    def read(self) -> int:
        """How many words were read."""
        return self._at

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _pipeline(self) -> object:
        found = self._command()
        while self._next() == "|":
            self._at += 1
            word, given = self._next(), self._arguments()
            if word == "default" and given:
                found = _Known(any_of([_asked(found), _asked(given[0])]))
            elif word in ("not", "empty"):
                found = _Known(none_of(_asked(found)))
            elif word not in _PLAIN or not isinstance(found, tuple):
                found = None
        return found

    def _arguments(self) -> list[object]:
        """The operands behind a word."""
        self._at += 1
        given = []
        while self._next() not in ("", ")", "|"):
            given.append(self._operand())
        return given

    def _command(self) -> object:
        word = self._next()
        if not word or word[0] in '(.$"`' or word in ("true", "false", "nil") or word[0].isdigit():
            first = self._operand()
            rest = []
            while self._next() not in ("", ")", "|"):
                rest.append(self._operand())
            return first if not rest else None
        given = self._arguments()
        if word in ("and", "or"):
            return _Known((all_of if word == "and" else any_of)(map(_asked, given)))
        if word in ("not", "empty") and len(given) == 1:
            return _Known(none_of(_asked(given[0])))
        if word in ("eq", "ne") and len(given) > 1:
            same = any_of(_equal(given[0], other) for other in given[1:])
            return _Known(same if word == "eq" else none_of(same))
        if word in ("index", "get") and given and isinstance(given[0], tuple):
            keys = [one.text for one in given[1:] if isinstance(one, _Text)]
            return (*given[0], *keys) if len(keys) == len(given) - 1 else None
        if word in _PLAIN and len(given) == 1 and isinstance(given[0], tuple):
            return given[0]
        return _Known(any_of(map(_asked, reversed(given)))) if word == "default" and len(given) == 2 else None

    def _operand(self) -> object:
        word = self._next()
        self._at += 1
        self._depth += 1
        if word == "(" and self._depth < 200:
            found = self._pipeline()
            closed = self._next() == ")"
            self._at += 1
            if self._next()[:1] == "." and len(self._next()) > 1 and isinstance(found, tuple):  # (.Values.a).b
                found = (*found, *self._next()[1:].split("."))
                self._at += 1
            return found if closed else None
        if word[:1] in ('"', "`"):
            return _Text(word[1:-1])
        if word in ("true", "false"):
            return _Known(word == "true")
        if word == "nil":
            return _Known(False)
        if word.isdigit():
            return _Text(word)
        return _meaning(word, self._frame)


class _Text:
    """A text or a number as an operand."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Known:
    """The outcome of a condition as an operand."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition


def _asked(meaning: object) -> Condition:
    """Whether it counts as true."""
    if isinstance(meaning, _Known):
        return meaning.condition
    if isinstance(meaning, _Text):
        return meaning.text not in ("", "0")
    if isinstance(meaning, tuple):
        return ["value", meaning] if EACH not in meaning else None
    return True if isinstance(meaning, _Root) else None


def _equal(one: object, other: object) -> Condition:
    if not isinstance(one, tuple):
        one, other = other, one
    if not isinstance(one, tuple) or EACH in one:
        return None
    if isinstance(other, _Text):
        return ["eq", one, other.text]
    if isinstance(other, _Known) and isinstance(other.condition, bool):
        return ["eq", one, str(other.condition).lower()]
    return None

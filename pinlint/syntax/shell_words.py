"""What a word of a POSIX shell holds, and the bodies of heredocs.

Knows quotes, expansions, arrays and patterns; what divides commands is `posix_shell`'s. A stack of frames takes the place of
recursion.
"""

from __future__ import annotations

import re

from pinlint.syntax.shell import Part, Word
from pinlint.syntax.shell_frames import Draft, Frame

__all__ = ["Words", "assigns", "merged"]

_DEEPEST = 60  # frames; what opens beyond is read as it stands
_REREAD = 4  # times the text that may be read again behind what nobody closes
_RUN = re.compile(r"[^ \t\r\n\\\"'`$;&|<>()*?{\ue000\ue001]+")
_IN_DOUBLE = re.compile(r"[^\"$`\\\ue000\ue001]+")
_IN_HEREDOC = re.compile(r"[^$`\\]+")
_ENCLOSED = re.compile(r"[^(){}'\"$`\\#]+")
_BRACES = re.compile(r"\{[^{}\s'\"$`\\;&|<>(),]{0,200}(?:,|\.\.)[^{}\s'\"$`\\;&|<>()]{0,200}\}")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?!$-])|\$\{[^{}\s'\"$`\\]{0,200}\}", re.ASCII)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=", re.ASCII)
_INDEXED = re.compile(r"[A-Za-z_]\w*\[[^\]]*\Z", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_DECLARING = frozenset(("declare", "local", "export", "readonly", "typeset"))


class Words:
    """One reading of one script. `text` is masked: what is foreign stands in it as U+E000, what hides the shell's own sign as
    U+E001; `foreign` has where each stretch of the former ends, by where it begins, `source` the text as it is."""

    def __init__(self, text: str, source: str, foreign: dict[int, int]) -> None:
        self.text, self.source, self.foreign = text, source, foreign
        self.limit = len(text)
        self.drafts: list[Draft] = []
        self.complaints: list[int] = []
        self.frames = [Frame("list", 0)]
        self.heredocs: list[tuple[Draft, int]] = []
        self.backticks = 0
        self.budget = _REREAD * len(text)

    def may_open(self) -> bool:
        return len(self.frames) < _DEEPEST

    def open(self, frame: Frame) -> bool:
        if not self.may_open():
            return False
        self.frames.append(frame)
        return True

    def is_sum(self, at: int) -> bool:
        """Whether `((` begins arithmetic rather than two subshells: the first parenthesis that closes it is followed by another."""
        open_ones = 0
        for one in re.compile(r"[()]").finditer(self.text, at, min(at + 400, self.limit)):
            open_ones += 1 if one[0] == "(" else -1
            if open_ones < 0:
                return self.text.startswith("))", one.start())
        return True

    def drafted(self, frame: Frame, at: int) -> Draft:
        """The command that the list is at, begun at `at` if there is none."""
        if frame.draft is None:
            frame.draft = Draft(frame, at, len(self.drafts))
            self.drafts.append(frame.draft)
        return frame.draft

    # --- heredocs ------------------------------------------------------------------------------------------------------------

    def next_heredoc(self, at: int) -> int:
        """Reads the bodies that begin here; where the text goes on. A body that may run something is read like a quote."""
        while self.heredocs:
            draft, index = self.heredocs.pop(0)
            one = draft.redirections[index]
            quoted = self.source[one.target.start : one.target.end] != one.target.text
            end, after = self.heredoc_end(at, one.target.text, tabs=one.operator == "<<-")
            if end < 0:
                self.complaints.append(one.target.start)
                continue
            draft.redirections[index] = one._replace(body=self.source[at:end], body_start=at, quoted=quoted)
            runs = not quoted and (self.text.find("$(", at, end) >= 0 or self.text.find("`", at, end) >= 0)
            if runs and len(self.frames) + 2 <= _DEEPEST:
                return self.open_heredoc(draft, at, end, after)
            at = after
        return at

    def open_heredoc(self, draft: Draft, at: int, end: int, after: int) -> int:
        frame = Frame("heredoc", at)
        frame.nested, frame.limit = after, self.limit
        holder = Frame("list", at)
        holder.draft, holder.depth = draft, draft.depth
        self.frames += [holder, frame]
        self.limit = end
        return at

    def heredoc_end(self, at: int, delimiter: str, *, tabs: bool) -> tuple[int, int]:
        """Where a body that begins at `at` ends, and what follows its last line; -1 if nothing ends it."""
        if self.budget <= 0:
            return -1, -1
        text, size = self.text, len(delimiter)
        found = at
        while delimiter and (found := text.find(delimiter, found, self.limit)) >= 0:
            line, end = text.rfind("\n", at, found) + 1 or at, found + size
            end += text.startswith("\r", end)
            if (line == found or (tabs and not text[line:found].strip("\t"))) and (end >= self.limit or text[end] == "\n"):
                return line, min(end + 1, self.limit)
            found = text.find("\n", found, self.limit)
            if found < 0:
                break
        self.budget -= self.limit - at
        return -1, -1

    # --- words ---------------------------------------------------------------------------------------------------------------

    def word(self, frame: Frame, at: int) -> int:
        """Reads on in a word that no quote holds, until it ends or something opens in it."""
        text, parts = self.text, frame.parts
        assert parts is not None
        while at < self.limit:
            if run := _RUN.match(text, at, self.limit):
                parts.append(Part("literal", run[0], at, run.end(), False))
                at = run.end()
                continue
            char = text[at]
            if char in " \t\r\n;&|)" or (char in "<>" and text[at + 1 : at + 2] != "(") or (char == "`" and self.closes_backtick()):
                break
            if char == "(":
                if not self.opens_within(frame, parts, at):
                    break
                return at + 1
            depth = len(self.frames)
            at = self.special(char, at, parts)
            if len(self.frames) != depth:
                break
        return at

    def opens_within(self, frame: Frame, parts: list[Part], at: int) -> bool:
        """Whether the parenthesis begins an array or an extended pattern, which belong to the word."""
        last = parts[-1] if parts else None
        if last is None or last.quoted or last.end != at:
            return False
        draft = frame.draft
        may_assign = draft is None or not draft.words or draft.words[0].text in _DECLARING
        if may_assign and len(parts) == 1 and (named := _ASSIGNMENT.match(last.text)) and named.end() == len(last.text):
            return self.open(Frame("array", at, parts))
        return last.text[-1:] in ("?", "*", "+", "@", "!") and self.open(Frame("pattern", at, parts))

    def special(self, char: str, at: int, parts: list[Part]) -> int:
        """Reads one sign with a meaning of its own in a word, or opens what it begins."""
        text = self.text
        if char == "'":
            return self.single(at, parts)
        if char == '"':
            if not self.open(Frame("double", at, parts, quoted=True)):
                parts.append(Part("literal", char, at, at + 1, False))
            else:
                parts.append(Part("literal", "", at + 1, at + 1, True))
            return at + 1
        if char == "\\":
            return self.escape(at, parts)
        if char == "$":
            return self.dollar(at, parts, quoted=False)
        if char == "`":
            return self.substitution("`", at, parts, quoted=False)
        if char in "<>":
            return self.substitution(f"{char}(", at, parts, quoted=False)
        if char in "\ue000\ue001":
            return self.masked(at, parts, quoted=False)
        if char in "*?":
            parts.append(Part("glob", char, at, at + 1, False))
            return at + 1
        braces = _BRACES.match(text, at, self.limit)
        end = braces.end() if braces else at + 1
        parts.append(Part("glob" if braces else "literal", text[at:end], at, end, False))
        return end

    def single(self, at: int, parts: list[Part] | None) -> int:
        end = self.text.find("'", at + 1, self.limit)
        if end < 0:
            self.complaints.append(at)
            if parts is not None:
                parts.append(Part("literal", "'", at, at + 1, False))
            return at + 1
        if parts is not None:
            at += 1
            parts.append(Part("literal", "", at, at, True))
            for one in re.compile("[\ue000\ue001]+|[^\ue000\ue001]+").finditer(self.text, at, end) if self.foreign else ():
                at = one.start()
                while at < one.end():
                    at = self.masked(at, parts, quoted=True) if one[0][0] in "\ue000\ue001" else self.plain(at, one.end(), parts)
            if not self.foreign:
                self.plain(at, end, parts)
        return end + 1

    def plain(self, at: int, end: int, parts: list[Part]) -> int:
        parts.append(Part("literal", self.source[at:end], at, end, True))
        return end

    def masked(self, at: int, parts: list[Part] | None, *, quoted: bool) -> int:
        """What is foreign is a part of its own; what hides a sign is nothing; a sign that looks like either is itself."""
        end = self.foreign.get(at, at + 1)
        if parts is not None:
            kind = "foreign" if at in self.foreign and self.text[at] == "\ue000" else "literal"
            hidden = at in self.foreign and self.text[at] == "\ue001"
            parts.append(Part(kind, "" if hidden else self.source[at:end], at, end, quoted))
        return end

    def escape(self, at: int, parts: list[Part] | None) -> int:
        following = self.text[at + 1 : at + 2] if at + 1 < self.limit else ""
        end = at + 1 + len(following)
        if following == "\r" and self.text[end : end + 1] == "\n":
            following, end = "\n", end + 1
        if parts is not None:
            kept = "" if following == "\n" else following or "\\"
            parts.append(Part("literal", kept, at, end, False))
        return end

    def dollar(self, at: int, parts: list[Part] | None, *, quoted: bool) -> int:
        """Reads a `$`: a variable, a substitution, arithmetic, a quote of bash, or itself."""
        text = self.text
        if variable := _VARIABLE.match(text, at, self.limit):
            if parts is not None:
                parts.append(Part("variable", variable[0], at, variable.end(), quoted))
            return variable.end()
        following = text[at + 1 : at + 2]
        if following == "(":
            if text.startswith("$((", at) and self.may_open() and self.is_sum(at + 3):
                self.open(Frame("sum", at, parts, quoted=quoted))
                return at + 3
            return self.substitution("$(", at, parts, quoted=quoted)
        if following == "{" and self.open(Frame("brace", at, parts, quoted=quoted)):
            return at + 2
        if following == "'" and not quoted and (ansi := _ANSI.match(text, at, self.limit)):
            if parts is not None:
                undone = re.sub(r"(?s)\\(.)", lambda one: _ESCAPES.get(one[1], one[1]), ansi[1])
                parts.append(Part("literal", undone, at, ansi.end(), True))
            return ansi.end()
        if parts is not None and (following != '"' or quoted):
            parts.append(Part("literal", "$", at, at + 1, quoted))
        return at + 1

    def substitution(self, sign: str, at: int, sink: list[Part] | None, *, quoted: bool) -> int:
        """Opens `$(`, a backtick, `<(` or `>(` within a word."""
        owner = next(one for one in reversed(self.frames) if one.kind == "list")
        end = at + len(sign)
        if owner.draft is None and owner.parts is not None and not owner.pattern:
            self.drafted(owner, owner.word_start)
        inner = Frame("list", at, sink, quoted=quoted)
        if not self.open(inner):
            self.complaints.append(at)
            if sink is not None:
                sink.append(Part("literal", sign, at, end, quoted))
            return end
        inner.block = inner.before = inner.how = sign
        inner.depth = owner.depth + 1
        inner.inside = -1 if owner.draft is None else owner.draft.index
        inner.element = len(self.drafts)
        self.backticks += sign == "`"
        return end

    def closes_backtick(self) -> bool:
        for one in reversed(self.frames):
            if one.kind != "list":
                return False
            if one.block == "`":
                return True
        return False

    # --- within words --------------------------------------------------------------------------------------------------------

    def in_quotes(self, frame: Frame, at: int) -> int:
        """Reads on in double quotes, or in the body of a heredoc, in which they mean nothing."""
        text, parts = self.text, frame.sink
        run = (_IN_DOUBLE if frame.kind == "double" else _IN_HEREDOC).match(text, at, self.limit)
        if run:
            if parts is not None:
                parts.append(Part("literal", run[0], at, run.end(), True))
            return run.end()
        char = text[at]
        if char == '"':
            self.frames.pop()
            return at + 1
        if char == "\\":
            following = text[at + 1 : at + 2]
            if following not in ("$", "`", '"', "\\", "\n", "\r"):
                following, end = f"\\{following}", at + 1 + len(following)
            else:
                end = at + 2
                if following == "\n" or (following == "\r" and text[end : end + 1] == "\n"):
                    following, end = "", end + (following == "\r")
            if parts is not None:
                parts.append(Part("literal", following, at, min(end, self.limit), True))
            return end
        if char == "$":
            return self.dollar(at, parts, quoted=True)
        if char == "`":
            return self.substitution("`", at, parts, quoted=True)
        return self.masked(at, parts, quoted=True)

    def enclosed(self, frame: Frame, at: int) -> int:
        """Reads on in `${…}`, arithmetic, an array or an extended pattern, whose text is one part of the word."""
        text = self.text
        if run := _ENCLOSED.match(text, at, self.limit):
            return run.end()
        char = text[at]
        brace = frame.kind == "brace"
        if char == "\\":
            return self.escape(at, None)
        if char == "'" and frame.kind != "sum" and not (brace and frame.quoted):
            return self.single(at, None)
        if char == '"':
            self.open(Frame("double", at, None, quoted=True))
            return at + 1
        if char == "$":
            return self.dollar(at, None, quoted=frame.quoted)
        if char == "`":
            return self.substitution("`", at, None, quoted=frame.quoted)
        if char == "#" and frame.kind == "array" and text[at - 1] in " \t\n(":
            comment = _COMMENT.match(text, at, self.limit)
            return comment.end() if comment else at + 1
        if char == "(" and not brace:
            frame.nested += 1
        elif char == ")" and not brace and frame.nested:
            frame.nested -= 1
        elif char == ("}" if brace else ")"):
            return self.close_enclosed(frame, at)
        return at + 1

    def close_enclosed(self, frame: Frame, at: int) -> int:
        end = at + 1
        if frame.kind == "sum":
            if self.text.startswith(")", end):
                end += 1
            else:
                self.complaints.append(at)
        self.frames.pop()
        if frame.sink is not None:
            kind = {"brace": "variable", "sum": "arithmetic", "array": "array", "pattern": "glob"}[frame.kind]
            frame.sink.append(Part(kind, self.source[frame.start : end], frame.start, end, frame.quoted))
        return end


def assigns(word: Word) -> bool:
    """Whether a word in front of a command is an assignment: `x=…`, `x[$i]+=…`."""
    first = word.parts[0]
    if first.kind != "literal" or first.quoted:
        return False
    if "=" in first.text and _ASSIGNMENT.match(first.text):
        return True
    return len(word.parts) > 1 and _INDEXED.match(first.text) is not None and re.search(r"\]\+?=", word.text) is not None


def merged(parts: list[Part]) -> tuple[Part, ...]:
    """Neighbouring literals of one kind of quoting as one."""
    if len(parts) < 2:
        return tuple(parts)
    found, at = [], 0
    while at < len(parts):
        first, end = parts[at], at + 1
        while (
            end < len(parts)
            and parts[end].kind == first.kind == "literal"
            and parts[end].quoted == first.quoted
            and parts[end].start == parts[end - 1].end
        ):
            end += 1
        text = first.text if end == at + 1 else "".join([part.text for part in parts[at:end]])
        found.append(first._replace(text=text, end=parts[end - 1].end) if end > at + 1 else first)
        at = end
    return tuple(found)

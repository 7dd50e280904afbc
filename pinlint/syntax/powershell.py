"""The commands of a PowerShell script.

Knows pipelines, blocks, parentheses and strings; must not know what any command does, nor that names are alike whatever their
case. An assignment leaves the command that it takes its value from, or stands as `x=value` where the value is one word. Source:
about_Parsing, about_Quoting_Rules, about_Operators.
"""

from __future__ import annotations

import re

from pinlint.syntax.shell import Command, Part, Redirection, Word
from pinlint.syntax.shell_frames import Draft, Frame
from pinlint.syntax.shell_words import merged

__all__ = ["Scanner"]

_DEEPEST = 60  # frames; what opens beyond is read as it stands
_REREAD = 4  # times the text that may be read again behind what nobody closes

_BLANK = re.compile(r"(?:[ \t\r\ufeff]|,(?=\s)|`\r?\n)+")
_RUN = re.compile(r"[^ \t\r\n`\"'$;&|<>(){}@#,*?\ue000\ue001]+|[#@,<]")
_IN_DOUBLE = re.compile(r"[^\"$`\ue000\ue001]+")
_VARIABLE = re.compile(r"\$(?:\{[^}\n]{0,200}\}|(?:[A-Za-z_]\w*:)?\w+|[$?^])", re.ASCII)
_REDIRECTION = re.compile(r"([*1-6])?(>>|>)(&[1-6])?")
_OPERATOR = re.compile(r"&&|\|\||[;|&]")
_HERE = re.compile(r"@([\"'])[ \t]*\r?\n")
_ASSIGNING = frozenset(("=", "+=", "-=", "??="))
#: Keywords behind which a command may begin at once.
_AHEAD = frozenset(("return", "throw", "else", "try", "catch", "finally", "do", "begin", "process", "end", "trap"))
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b"}
_CLOSING = {"(": ")", "$(": ")", "@(": ")", "{": "}", "@{": "}"}


class Scanner:
    """One reading of one script; what its arguments are, `posix_shell.Scanner` says."""

    def __init__(self, text: str, source: str, foreign: dict[int, int]) -> None:
        self.text, self.source, self.foreign = text, source, foreign
        self.drafts: list[Draft] = []
        self.complaints: list[int] = []
        self.frames = [Frame("list", 0)]
        self.budget = _REREAD * len(text)
        self.commented = text.rfind("#>")  # behind it no comment can end

    def read(self) -> tuple[list[Command], list[int]]:
        at, size = 0, len(self.text)
        while True:
            while at < size:
                frame = self.frames[-1]
                if frame.kind == "double":
                    at = self.in_double(frame, at)
                else:
                    at = self.in_word(frame, at) if frame.parts is not None else self.in_list(frame, at)
            at = self.ended(size)
            if at < 0:
                return [draft.command() for draft in self.drafts], self.complaints

    def ended(self, at: int) -> int:
        """Where to go on at the end of the text; -1 = nowhere. What an open string would swallow is read again, line by line."""
        if self.frames[-1].kind == "double":
            opened = self.frames.pop().start
            if (parts := self.frames[-1].parts) is not None:
                parts[:] = [part for part in parts if part.start <= opened]
            self.complaints.append(opened)
            self.finish_command(self.frames[-1], opened, "")
            line = self.text.find("\n", opened) + 1
            if line and at - line <= self.budget:
                self.budget -= at - line
                return line - 1
        while len(self.frames) > 1:
            self.complaints.append(self.frames[-1].start)
            if self.frames[-1].kind == "list":
                self.close(at, "")
            else:
                self.frames.pop()
        self.finish_command(self.frames[0], at, "")
        return -1

    # --- commands ------------------------------------------------------------------------------------------------------------

    def in_list(self, frame: Frame, at: int) -> int:
        """Reads on between words."""
        text = self.text
        if blank := _BLANK.match(text, at):
            return blank.end()
        char = text[at]
        if char == "#" or (char == "<" and text.startswith("<#", at)):
            end = text.find("\n", at) if char == "#" else text.find("#>", at) + 2 if at < self.commented else at + 2
            return end if end >= 0 else len(text)
        if char in "\n;|&":
            return self.operator(frame, at)
        if char in ")}":
            return self.closed(frame, at)
        if char == "{":
            return self.opened(frame, "{", at, None)
        if redirection := _REDIRECTION.match(text, at):
            draft = self.drafted(frame, at)
            if redirection[3]:
                target = Word(redirection[3], redirection.start(3), redirection.end(), ())
                draft.redirections.append(Redirection(redirection[2], redirection[1] or "", target))
            else:
                frame.redirect = (redirection[2], redirection[1] or "", at)
            return redirection.end()
        frame.parts, frame.word_start = [], at
        return self.in_word(frame, at)

    def operator(self, frame: Frame, at: int) -> int:
        found = _OPERATOR.match(self.text, at)
        sign = found[0] if found else "\n"
        if sign == "&" and frame.draft is None:
            frame.before = "&"  # calls what the next word names
            return at + 1
        if sign == "\n" and frame.before == "|" and frame.draft is None:
            return at + 1
        self.finish_command(frame, at, sign)
        if sign == "|":
            frame.piped, frame.element = (frame.element, len(self.drafts)), len(self.drafts)
        else:
            frame.piped, frame.element = frame.outer, len(self.drafts)
        return at + len(sign)

    def closed(self, frame: Frame, at: int) -> int:
        char = self.text[at]
        for one in reversed(self.frames[1:]):
            if one.kind == "list" and _CLOSING.get(one.block) == char:
                while self.frames[-1] is not one:
                    self.complaints.append(self.frames[-1].start)
                    self.close(at, "")
                self.close(at, char)
                return at + 1
            if one.kind != "list":
                break
        self.complaints.append(at)
        self.finish_command(frame, at, char)
        return at + 1

    def opened(self, frame: Frame, sign: str, at: int, sink: list[Part] | None, *, quoted: bool = False) -> int:
        """Opens a block, parentheses or a substitution; what is piped into a block is piped into what it holds."""
        end = at + len(sign)
        if len(self.frames) >= _DEEPEST:
            self.complaints.append(at)
            if sink is not None:
                sink.append(Part("literal", sign, at, end, quoted))
            return end
        if sink is not None and frame.draft is None:
            self.drafted(frame, frame.word_start)
        inner = Frame("list", at, sink, quoted=quoted)
        inner.block = inner.before = sign
        inner.depth = frame.depth + 1
        block = sink is None
        inner.how = frame.how if block else sign
        inner.inside = frame.inside if block else -1 if frame.draft is None else frame.draft.index
        inner.element = len(self.drafts)
        if block:
            inner.piped = inner.outer = frame.piped
        self.frames.append(inner)
        return end

    def close(self, at: int, sign: str) -> None:
        """Ends the innermost list and hands its text to the word that holds it."""
        frame = self.frames[-1]
        self.finish_command(frame, at, sign)
        self.frames.pop()
        end = at + len(sign)
        if frame.sink is not None:
            frame.sink.append(Part("command", self.source[frame.start : end], frame.start, end, frame.quoted))

    def drafted(self, frame: Frame, at: int) -> Draft:
        if frame.draft is None:
            frame.draft = Draft(frame, at, len(self.drafts))
            self.drafts.append(frame.draft)
        return frame.draft

    def finish_command(self, frame: Frame, at: int, operator: str) -> None:
        if frame.parts is not None:
            self.finish_word(frame, at)
        if frame.redirect:
            self.complaints.append(frame.redirect[2])
            frame.redirect = None
        if frame.draft is not None:
            frame.draft.after = operator
            _assigned(frame.draft)
            frame.draft = None
        frame.before = operator

    def finish_word(self, frame: Frame, end: int) -> None:
        parts, frame.parts = merged(frame.parts or []), None
        word = Word("".join([part.text for part in parts]), frame.word_start, end, parts)
        if frame.draft is None and word.text.lower() in _AHEAD and self.source[word.start : end] == word.text:
            frame.before = word.text.lower()
            return
        draft = self.drafted(frame, word.start)
        draft.end = end
        if frame.redirect:
            draft.redirections.append(Redirection(frame.redirect[0], frame.redirect[1], word))
            frame.redirect = None
        elif word.text in _ASSIGNING and len(draft.words) == 1 and not draft.assignments and draft.words[0].text[:1] in ("$", "["):
            draft.assignments.append(draft.words.pop())
        else:
            draft.words.append(word)

    # --- words ---------------------------------------------------------------------------------------------------------------

    def in_word(self, frame: Frame, at: int) -> int:
        text, parts = self.text, frame.parts
        assert parts is not None
        while at < len(text):
            char = text[at]
            if char in " \t\r\n;&|)}{" or (char == ">" and parts) or text.startswith("<#", at) or _BLANK.match(text, at):
                break
            if char in "(@$" and (sign := next((one for one in ("$(", "@(", "@{", "(") if text.startswith(one, at)), "")):
                return self.opened(frame, sign, at, parts)
            if char == "@" and (here := _HERE.match(text, at)):
                at = self.here_string(here, parts)
            elif char == '"' and len(self.frames) < _DEEPEST:
                parts.append(Part("literal", "", at + 1, at + 1, True))
                self.frames.append(Frame("double", at, parts, quoted=True))
                return at + 1
            else:
                at = self.special(char, at, parts)
        self.finish_word(frame, at)
        return at

    def special(self, char: str, at: int, parts: list[Part]) -> int:
        text = self.text
        if char == "'":
            return self.single(at, parts)
        if char == "$" and (variable := _VARIABLE.match(text, at)):
            parts.append(Part("variable", variable[0], at, variable.end(), False))
            return variable.end()
        if char == "`" and at + 1 < len(text):
            parts.append(Part("literal", _ESCAPES.get(text[at + 1], text[at + 1]), at, at + 2, False))
            return at + 2
        if char in "\ue000\ue001":
            return self.masked(at, parts, quoted=False)
        run = _RUN.match(text, at)
        end = run.end() if run else at + 1
        parts.append(Part("glob" if char in "*?" else "literal", text[at:end], at, end, False))
        return end

    def masked(self, at: int, parts: list[Part], *, quoted: bool) -> int:
        end = self.foreign.get(at, at + 1)
        parts.append(Part("foreign" if at in self.foreign else "literal", self.source[at:end], at, end, quoted))
        return end

    def single(self, at: int, parts: list[Part]) -> int:
        """Everything up to the quote that is not doubled stands for itself."""
        end = at
        while (end := self.text.find("'", end + 1)) >= 0 and self.text.startswith("''", end):
            end += 1
        if end < 0:
            self.complaints.append(at)
            parts.append(Part("literal", "'", at, at + 1, False))
            return at + 1
        parts.append(Part("literal", self.source[at + 1 : end].replace("''", "'"), at + 1, end, True))
        return end + 1

    def here_string(self, here: re.Match[str], parts: list[Part]) -> int:
        quote = here[1]
        end = self.text.find(f"\n{quote}@", here.end() - 1) if self.budget > 0 else -1
        if end < 0:
            self.budget -= len(self.text) - here.end()
            self.complaints.append(here.start())
            return here.end() - 1
        kind = "literal" if quote == "'" or "$" not in self.text[here.end() : end] else "variable"
        parts.append(Part(kind, self.source[here.end() : max(end, here.end())], here.end(), max(end, here.end()), True))
        return end + 3

    def in_double(self, frame: Frame, at: int) -> int:
        """Reads on in double quotes; `""` in them is a quote."""
        text, parts = self.text, frame.sink
        assert parts is not None
        if run := _IN_DOUBLE.match(text, at):
            parts.append(Part("literal", run[0], at, run.end(), True))
            return run.end()
        char = text[at]
        if char == '"':
            if text.startswith('""', at):
                parts.append(Part("literal", '"', at, at + 2, True))
                return at + 2
            self.frames.pop()
            return at + 1
        if char == "`":
            following = text[at + 1 : at + 2]
            parts.append(Part("literal", _ESCAPES.get(following, following), at, min(at + 2, len(text)), True))
            return at + 2
        if char == "$":
            if text.startswith("$(", at):
                return self.opened(self.frames[-2], "$(", at, parts, quoted=True)
            if variable := _VARIABLE.match(text, at):
                parts.append(Part("variable", variable[0], at, variable.end(), True))
                return variable.end()
            parts.append(Part("literal", "$", at, at + 1, True))
            return at + 1
        return self.masked(at, parts, quoted=True)


def _assigned(draft: Draft) -> None:
    """`$x = 'value'` as the assignment `x=value`, which runs nothing."""
    if not draft.assignments or len(draft.words) != 1:
        return
    name, value = draft.assignments[0], draft.words[0]
    if any(part.kind != "literal" for part in value.parts) or not any(part.quoted for part in value.parts):
        return
    shown = f"{name.text.lstrip('$').removeprefix('env:').strip('{}')}="
    head = Part("literal", shown, name.start, value.start, False)
    draft.assignments[0] = Word(shown + value.text, name.start, value.end, (head, *value.parts))
    draft.words.clear()

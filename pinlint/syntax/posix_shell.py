"""The commands of a POSIX shell's script, bash's additions included.

Knows operators, keywords and compound commands; what a word holds is `shell_words`'s. What a quote or brace that nobody closes
would swallow is read again from the next line.
"""

from __future__ import annotations

import re

from pinlint.syntax.shell import Command, Part, Redirection, Word
from pinlint.syntax.shell_frames import Draft, Frame
from pinlint.syntax.shell_words import Words, assigns, merged

__all__ = ["Scanner"]

_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
#: A word that needs no second look, and a stretch of one.
_SIMPLE = re.compile(r"[^ \t\r\n\\\"'`$;&|<>()*?{}\ue000\ue001]++(?=[ \t\n;]|\Z)")
_REDIRECTION = re.compile(r"(\d{1,9}|\{[A-Za-z_]\w*\})?(<<<|<<-|<<|<>|<&|>&|>>|>\||[<>](?!\())|(&>>|&>)")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|[;&|]")
_COMMENT = re.compile(r"#[^\n]*")
_COMMENT_IN_BACKTICKS = re.compile(r"#[^\n`]*")
_NAMED = re.compile(r"function[ \t]+[^\s(){};&|<>]+[ \t]*(?:\([ \t]*\))?")
_COPROCESS = re.compile(r"coproc[ \t]+(?:[A-Za-z_]\w*[ \t]+(?=[{(]))?")
_NO_ARGUMENTS = re.compile(r"\([ \t]*\)")
_CLOSING = {"fi": "if", "done": "loop", "esac": "case", "}": "{"}
_OPENING = {"if": "if", "while": "loop", "until": "loop", "for": "loop", "select": "loop", "case": "case"}
_BETWEEN = frozenset(("then", "else", "elif", "do", "!", "time"))
_KEYWORDS = frozenset((*_CLOSING, *_OPENING, *_BETWEEN, "[[", "function", "coproc"))
_BEHIND_BRACE = ("", " ", "\t", "\n", "\r", ";", ")", "&", "|", "`", ">")
_SUBSTITUTED = {"$(": "command", "`": "command", "<(": "process", ">(": "process"}


class Scanner(Words):
    def read(self) -> tuple[list[Command], list[int]]:
        at = 0
        while True:
            while at < self.limit:
                frame = self.frames[-1]
                if frame.kind == "list":
                    at = self.in_word(frame, at) if frame.parts is not None else self.in_list(frame, at)
                else:
                    at = self.in_quotes(frame, at) if frame.kind in ("double", "heredoc") else self.enclosed(frame, at)
            at = self.ended(at)
            if at < 0:
                return [draft.command() for draft in self.drafts], self.complaints

    # --- ends ----------------------------------------------------------------------------------------------------------------

    def ended(self, at: int) -> int:
        """Where to go on at the end of the text or of a heredoc's body; -1 = nowhere."""
        here = next((one for one in reversed(range(len(self.frames))) if self.frames[one].kind == "heredoc"), -1)
        last = len(self.frames) - 1
        while last > here and self.frames[last].kind not in ("list", "heredoc"):
            last -= 1
        if here < 0 and last < len(self.frames) - 1:
            opened = self.frames[last + 1].start
            self.complaints.append(opened)
            line = self.text.find("\n", opened) + 1
            del self.frames[last + 1 :]
            if (parts := self.frames[last].parts) is not None:
                parts[:] = [part for part in parts if part.start <= opened]
            self.finish_command(self.frames[last], opened, "")
            if line and self.limit - line <= self.budget:
                self.budget -= self.limit - line
                return line - 1
        while len(self.frames) - 1 > max(here, 0):
            frame = self.frames[-1]
            if frame.kind == "list":
                self.complaints.append(frame.start)
                self.close_list(at, "")
            else:
                self.frames.pop()
        if here < 0:
            self.finish_command(self.frames[0], at, "")
            return -1
        frame = self.frames.pop()
        self.frames.pop()
        at, self.limit = frame.nested, frame.limit
        return self.next_heredoc(at)

    # --- lists of commands ---------------------------------------------------------------------------------------------------

    def in_word(self, frame: Frame, at: int) -> int:
        at = self.word(frame, at)
        if self.frames[-1] is frame:
            self.finish_word(frame, at)
        return at

    def in_list(self, frame: Frame, at: int) -> int:
        """Reads on between words."""
        text = self.text
        if blank := _BLANK.match(text, at, self.limit):
            at = blank.end()
        if at >= self.limit:
            return at
        char = text[at]
        if char == "#":
            comment = (_COMMENT_IN_BACKTICKS if self.backticks else _COMMENT).match(text, at, self.limit)
            return comment.end() if comment else at
        if simple := _SIMPLE.match(text, at, self.limit):
            return self.simple_word(frame, at, simple.end())
        if char == "\n":
            return self.newline(frame, at)
        if frame.draft is not None and frame.draft.test and char in "&|<>();" and text[at : at + 2] not in ("<(", ">("):
            return self.in_test(frame, at)
        if frame.pattern and char in "()|":
            return self.in_pattern(frame, at)
        if char in "<>&{0123456789" and (found := _REDIRECTION.match(text, at, self.limit)):
            return self.redirection(frame, found)
        if char in ";&|":
            found = _OPERATOR.match(text, at, self.limit)
            return self.operator(frame, at, found[0]) if found else at + 1
        if char in "()":
            return self.parenthesis(frame, at) if char == "(" else self.close_parenthesis(at)
        if char == "`" and self.backticks and self.closes_backtick():
            self.close_to(("`",), at, "`")
            return at + 1
        if frame.draft is None and char in "{}" and text[at + 1 : at + 2] in _BEHIND_BRACE:
            return self.keyword(frame, char, at, at + 1)
        frame.parts, frame.word_start = [], at
        return self.in_word(frame, at)

    def newline(self, frame: Frame, at: int) -> int:
        draft = frame.draft
        if draft is not None and draft.words:
            last = draft.words[-1].text
            if draft.test and last in ("[[", "&&", "||", "(", ")", "!"):
                return at + 1
            if draft.words[0].text == "case" and frame.block == "case" and len(draft.words) < 3:
                return at + 1
        if not frame.pattern:
            self.finish_command(frame, at, "\n")
        return self.next_heredoc(at + 1)

    def operator(self, frame: Frame, at: int, operator: str) -> int:
        self.finish_command(frame, at, operator)
        if operator.startswith(";") and operator != ";":
            if frame.block == "case":
                frame.pattern = True
            else:
                self.complaints.append(at)
        if operator in ("|", "|&"):
            frame.piped = (frame.element, len(self.drafts))
            frame.element = len(self.drafts)
        return at + len(operator)

    def in_test(self, frame: Frame, at: int) -> int:
        """`&&`, `<`, `(` and their kin between `[[` and `]]` are words."""
        if self.text[at] == ";":
            self.complaints.append(at)
            return self.operator(frame, at, ";")
        end = at + (2 if self.text[at : at + 2] in ("&&", "||") else 1)
        self.add_word(frame, Word(self.text[at:end], at, end, (Part("literal", self.text[at:end], at, end, False),)))
        return end

    def in_pattern(self, frame: Frame, at: int) -> int:
        if self.text[at] == ")":
            frame.pattern, frame.before = False, ")"
        return at + 1

    def redirection(self, frame: Frame, found: re.Match[str]) -> int:
        self.drafted(frame, found.start())
        if frame.redirect:
            self.complaints.append(found.start())
        frame.redirect = (found[2] or found[3], found[1] or "", found.start())
        return found.end()

    def parenthesis(self, frame: Frame, at: int) -> int:
        draft = frame.draft
        if draft is not None:
            named = _NO_ARGUMENTS.match(self.text, at, self.limit)
            if named and len(draft.words) == 1 and not draft.assignments and self.drafts[-1] is draft:
                self.drafts.pop()
                frame.draft, frame.before = None, "()"
                return named.end()
            if draft.words and draft.words[0].text == "for" and self.text.startswith("((", at):
                return self.arithmetic(frame, at)
            self.complaints.append(at)
            self.finish_command(frame, at, "(")
        if self.text.startswith("((", at) and self.may_open() and self.is_sum(at + 2):
            self.drafted(frame, at)
            return self.arithmetic(frame, at)
        return self.open_block(frame, "(", at, at + 1)

    def arithmetic(self, frame: Frame, at: int) -> int:
        frame.parts, frame.word_start = [], at
        if not self.open(Frame("sum", at, frame.parts)):
            frame.parts.append(Part("literal", "((", at, at + 2, False))
        return at + 2

    # --- blocks --------------------------------------------------------------------------------------------------------------

    def open_block(self, frame: Frame, block: str, at: int, end: int) -> int:
        """A compound command: what is piped into it is piped into what it holds."""
        inner = Frame("list", at)
        if not self.open(inner):
            self.complaints.append(at)
            frame.before = block
            return end
        inner.block, inner.before, inner.depth = block, block, frame.depth + 1
        inner.inside, inner.how = frame.inside, frame.how
        inner.piped = inner.outer = frame.piped
        inner.element = len(self.drafts)
        return end

    def close_list(self, at: int, sign: str) -> Frame:
        """Ends the innermost list and hands its text to the word that holds it."""
        frame = self.frames[-1]
        self.finish_command(frame, at, sign)
        self.frames.pop()
        self.backticks -= frame.block == "`"
        end = at + (1 if sign else 0)
        if frame.block in _SUBSTITUTED:
            if frame.sink is not None:
                frame.sink.append(Part(_SUBSTITUTED[frame.block], self.source[frame.start : end], frame.start, end, frame.quoted))
        else:
            self.frames[-1].before = sign
        return frame

    def close_to(self, wanted: tuple[str, ...], at: int, sign: str) -> bool:
        """Ends the innermost list that `sign` can end, and what was left open in it."""
        for one in reversed(self.frames[1:]):
            if one.kind != "list" or (one.block in ("(", *_SUBSTITUTED) and one.block not in wanted and sign != "`"):
                break
            if one.block in wanted:
                while self.frames[-1] is not one:
                    self.complaints.append(self.frames[-1].start)
                    self.close_list(at, "")
                self.close_list(at, sign)
                return True
        self.complaints.append(at)
        return False

    def close_parenthesis(self, at: int) -> int:
        if not self.close_to(("(", "$(", "<(", ">("), at, ")"):
            self.finish_command(self.frames[-1], at, ")")
        return at + 1

    def keyword(self, frame: Frame, word: str, at: int, end: int) -> int:
        """What a keyword in front of a command does to the list it stands in."""
        if word in _BETWEEN:
            frame.before = word
            if word not in ("!", "time"):
                frame.element, frame.piped = len(self.drafts), frame.outer
            elif word == "time" and (option := re.compile(r"[ \t]+-p(?=\s)").match(self.text, end, self.limit)):
                return option.end()
        elif word in _CLOSING:
            self.close_to((_CLOSING[word],), at, word)
        elif word == "{":
            return self.open_block(frame, "{", at, end)
        elif word in ("function", "coproc"):
            named = (_NAMED if word == "function" else _COPROCESS).match(self.text, at, self.limit)
            frame.before = word
            return named.end() if named else end
        else:
            if word != "[[":
                self.open_block(frame, _OPENING[word], at, end)
                frame = self.frames[-1]
                frame.before = word
            if word in ("for", "select", "case", "[["):
                draft = self.drafted(frame, at)
                draft.test = word == "[["
                draft.words.append(Word(word, at, end, (Part("literal", word, at, end, False),)))
        return end

    # --- commands ------------------------------------------------------------------------------------------------------------

    def finish_command(self, frame: Frame, at: int, operator: str) -> None:
        if frame.parts is not None:
            self.finish_word(frame, at)
        if frame.redirect:
            self.complaints.append(frame.redirect[2])
            frame.redirect = None
        if frame.draft is not None:
            if frame.draft.test:
                self.complaints.append(frame.draft.start)
            frame.draft.after = operator
            frame.draft = None
        frame.before = operator
        if operator not in ("|", "|&"):
            frame.piped, frame.element = frame.outer, len(self.drafts)

    def simple_word(self, frame: Frame, at: int, end: int) -> int:
        word = self.text[at:end]
        draft = frame.draft
        if frame.redirect is None:
            if draft is None:
                if frame.pattern:
                    if word == "esac":
                        self.close_to(("case",), at, word)
                    return end
                if word in _KEYWORDS:
                    return self.keyword(frame, word, at, end)
            elif word == "do" and len(draft.words) == 2 and draft.words[0].text in ("for", "select") and draft.before in _OPENING:
                self.finish_command(frame, at, word)
                return end
        self.add_word(frame, Word(word, at, end, (Part("literal", word, at, end, False),)))
        return end

    def finish_word(self, frame: Frame, end: int) -> None:
        parts, frame.parts = merged(frame.parts or []), None
        word = Word("".join([part.text for part in parts]), frame.word_start, end, parts)
        if frame.pattern and frame.draft is None:
            if word.text == "esac" and word.end - word.start == 4:
                self.close_to(("case",), word.start, "esac")
            return
        if frame.draft is None and len(parts) == 1 and word.text in _KEYWORDS and self.source[word.start : end] == word.text:
            self.keyword(frame, word.text, word.start, end)
            return
        self.add_word(frame, word)

    def add_word(self, frame: Frame, word: Word) -> None:
        draft = self.drafted(frame, word.start)
        draft.end = word.end
        if frame.redirect:
            self.add_redirection(frame, draft, word)
        elif not draft.words and word.parts and assigns(word):
            draft.assignments.append(word)
        else:
            draft.words.append(word)
            if draft.test and word.text == "]]":
                draft.test = False
            elif word.text == "in" and len(draft.words) == 3 and frame.block == "case" and draft.before == "case":
                self.finish_command(frame, word.end, "in")
                frame.pattern = True

    def add_redirection(self, frame: Frame, draft: Draft, word: Word) -> None:
        operator, descriptor, _ = frame.redirect or ("", "", 0)
        frame.redirect = None
        draft.redirections.append(Redirection(operator, descriptor, word))
        if operator in ("<<", "<<-"):
            self.heredocs.append((draft, len(draft.redirections) - 1))

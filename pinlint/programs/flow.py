"""How the calls of scripts hand data to one another: by pipes, substitutions, heredocs and here-strings.

Knows the order and nesting of commands; must not know what any program does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING

from pinlint.budget import spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.programs.words import Invocation

__all__ = ["Flow", "file_name"]

_SLASH, _GIVEN, _BRACED = re.compile(r"[/\\]"), re.compile("[=@]"), re.compile(r"\$\{(\w+)\}(?!\w)")
_DEFINED = re.compile(
    r"^([ \t]*)(?:function[ \t]+([\w.:+-]+)(?:[ \t]*\([ \t]*\))?|([\w.:+-]+)[ \t]*\([ \t]*\))\s{0,99}([{(][^\n]*)", re.MULTILINE
)
_FUNCTIONS, _LONGEST = 500, 20_000  # of a script; characters of one


def file_name(path: str) -> str:
    """The last part of a path, with slashes of either kind; what is written as `${X}` comes out as `$X`."""
    last = _SLASH.split(path.rstrip("/\\"))[-1]
    return _BRACED.sub(r"$\1", last) if "${" in last else last


def _functions(text: str) -> Iterator[tuple[str, int, int]]:
    """The functions of a script as people set them, with where their bodies lie: on one line, or down to a brace that stands as far
    right as the name."""
    for found in islice(_DEFINED.finditer(text), _FUNCTIONS):
        end = found.end() if re.search(r"\A\(.*\)\s*\Z|[;&}]\s*\}\s*\Z", found[4]) else -1
        for brace in "})" if end < 0 else "":
            end = max(end, text.find(f"\n{found[1]}{brace}", found.start(4), found.start(4) + _LONGEST))
        if end > 0:
            yield found[2] or found[3], found.start(4), end


#: A variable that is assigned what a command fetches.
_FETCHED = re.compile(r"(?<![^\s;(&|])([A-Za-z_]\w*)=[\"']?(?:\$\(|`)(?=[^\n]{0,200}\b(?:curl|wget)\b)")


class Sums:
    """The lines of a list of sums, by the files that they name: as many downloads as there are lines may look for theirs."""

    def __init__(self, text: str) -> None:
        self.lines = [line for line in re.split(r"\n|\\n", text) if line.strip()]
        self.named: dict[str, int] = {}
        self.open: list[int] = []
        for at, line in enumerate(self.lines):
            words = [word.strip("\"'*()") for word in line.split()]
            if len(words) == 1 or any(mark in word for word in words for mark in "*?[="):
                self.open.append(at)
            for word in words:
                self.named.setdefault(file_name(word), at)

    def about(self, names: list[str]) -> list[str]:
        """The lines that may be about one of the files, in order."""
        found = [self.named[last] for name in names if (last := file_name(name)) in self.named]
        spend(len(self.open) // 4)
        return [self.lines[at] for at in sorted({*self.open, *found})]


class Flow:
    """The calls of scripts that run one after another over the same files."""

    def __init__(self, calls: list[Invocation]) -> None:
        self.calls = calls
        self.places: dict[tuple[int, int], int] = {}
        self.inner: dict[tuple[int, int], list[int]] = {}
        self.readers: dict[tuple[int, int], list[int]] = {}
        self.named: dict[str, list[int]] = {}
        self.patterns: list[int] = []
        self.known: dict[str, list[int]] = {}
        self.functions: dict[str, range] | None = None
        self.sums: dict[int, Sums] = {}
        self._fetched: frozenset[str] | None = None
        for at, call in enumerate(calls):
            if call.command is None:
                continue
            self._name(call, at)
            script = id(call.script)
            self.places.setdefault((script, call.number), at)
            if call.command.inside >= 0:
                self.inner.setdefault((script, call.command.inside), []).append(at)
            begins, ends = call.command.piped
            if begins < ends:
                self.readers.setdefault((script, ends), []).append(at)

    def memo(self, key: str, made: Callable[[], list[int]]) -> list[int]:
        """Places of calls that are looked up once."""
        if key not in self.known:
            self.known[key] = made()
        return self.known[key]

    def writing(self, file: str) -> list[int]:
        """The calls that write to a file what the script says."""
        self.memo("", self._index_writers)
        return self.known.get(f"> {file}", [])

    def _index_writers(self) -> list[int]:
        for at, call in enumerate(self.calls):
            for one in call.redirections if call.program in ("echo", "printf", "cat") else ():
                if one.operator in (">", ">>"):
                    self.known.setdefault(f"> {one.target.text}", []).append(at)
        return []

    def is_fetched(self, name: str) -> bool:
        """Whether a variable is assigned what a download says."""
        if self._fetched is None:
            scripts = {id(call.script): call.script.text for call in self.calls if call.script is not None}
            self._fetched = frozenset(found[1] for text in scripts.values() for found in _FETCHED.finditer(text))
        return name in self._fetched

    def listed(self, at: int, text: str) -> Sums:
        """The lines of a list of sums that the call `at` reads or writes."""
        if at not in self.sums:
            self.sums[at] = Sums(text)
        return self.sums[at]

    def _name(self, call: Invocation, at: int) -> None:
        """Notes which files a call may mean, by the last parts of their paths."""
        words = [*call.words, *[one.target for one in call.redirections]]
        for text in (call.program, f"{call.program}.exe", *[word.text for word in words]):
            last = file_name(text)
            if "*" in last or "?" in last or "[" in last:
                self.patterns.append(at)
                continue
            self.named.setdefault(last, []).append(at)
            if "=" in last or "@" in last:  # `--file=x`, `-d @x`
                self.named.setdefault(_GIVEN.split(last)[-1], []).append(at)

    def naming(self, names: list[str], since: int) -> int:
        """The first call from `since` on that may mean one of the files; -1 = none."""
        lists = [self.patterns, *[self.named.get(file_name(name), []) for name in names]]
        found = [one[place] for one in lists if (place := bisect_left(one, since)) < len(one)]
        return min(found, default=-1)

    def body(self, name: str) -> range:
        """The calls in the function that a script defines by this name; empty without one."""
        if self.functions is None:
            self.functions = self._defined()
        return self.functions.get(name, range(0))

    def _defined(self) -> dict[str, range]:
        found: dict[str, range] = {}
        own: dict[int, list[tuple[int, int]]] = {}
        for at, call in enumerate(self.calls):
            if call.command is not None:
                own.setdefault(id(call.script), []).append((call.command.start, at))
        for placed in own.values():
            script = self.calls[placed[0][1]].script
            for name, start, end in _functions(script.text if script is not None else ""):
                first, last = bisect_left(placed, (start, -1)), bisect_left(placed, (end, -1))
                if first < last:
                    found.setdefault(name, range(placed[first][1], placed[last - 1][1] + 1))
        return found

    def outer(self, at: int) -> int:
        """The call in whose words this one stands; -1 = none that is known."""
        call = self.calls[at]
        return -1 if call.command is None else self.places.get((id(call.script), call.command.inside), -1)

    def within(self, at: int) -> list[int]:
        """The calls that stand in the words of this one."""
        call = self.calls[at]
        return self.inner.get((id(call.script), call.number), []) if call.command is not None else []

    def writers(self, at: int) -> list[int]:
        """The calls whose output a pipe hands to this one."""
        call = self.calls[at]
        if call.command is None:
            return []
        begins, ends = call.command.piped
        numbers = range(max(begins, ends - 20), ends)  # of a long group its end
        found = [self.places.get((id(call.script), number), -1) for number in numbers]
        inside = call.command.inside
        return [one for one in found if one >= 0 and (writer := self.calls[one].command) is not None and writer.inside == inside]

    def reading(self, at: int) -> list[int]:
        """The calls that read by a pipe what this one writes: the next element of its pipeline."""
        call = self.calls[at]
        if call.command is None:
            return []
        script, number = id(call.script), call.number
        for ends in range(number + 1, number + 30):
            found = [
                one for one in self.readers.get((script, ends), ())
                if (reader := self.calls[one].command) is not None
                and reader.piped[0] <= number and reader.inside == call.command.inside
            ]  # fmt: skip
            if found:
                return found
        return []

    def given(self, at: int) -> str:
        """What a call reads that its script says: the words of `echo` or `printf` before a pipe, a heredoc, a here-string."""
        call = self.calls[at]
        if call.command is None:
            return ""
        texts = [one.body for one in call.command.redirections if one.body]
        texts += [one.target.text for one in call.redirections if one.operator == "<<<"]
        for writer in self.writers(at):
            if self.calls[writer].program in ("echo", "printf", "cat"):
                texts.append(self.said(writer))
        return "\n".join(texts)

    def said(self, at: int) -> str:
        """What a call writes that its script says."""
        call = self.calls[at]
        if call.program in ("echo", "printf"):
            words = [word.text for word in call.words if not re.fullmatch(r"-[neE]+", word.text)]
            if call.program == "printf" and len(words) > 1:
                return _printed(words)
            return re.sub(r"\\[nt]", " ", " ".join(words))
        bodies = [one.body for one in call.command.redirections if one.body] if call.command is not None else []
        return "\n".join(bodies)


def _printed(words: list[str]) -> str:
    """What printf makes of a format and values, as far as `%s` goes."""
    shown = re.sub(r"\\n", "\n", words[0])
    values = words[1:]
    whole = []
    while values:
        count = max(1, len(re.findall(r"%[a-z]", shown)))
        taken, values = iter(values[:count]), values[count:]
        whole.append(re.sub(r"%[a-z]", lambda _, taken=taken: next(taken, ""), shown))  # type: ignore[misc]
    return "\n".join(whole)

"""A script as calls of programs: wrappers taken off, known values filled in, every word with its place in the document.

Knows which programs start others (`sudo`, `xargs`, `python -m`, `sh -c`); must not know what any other program does. Sources: the
manuals of these programs.
"""

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.model import Script, Span
from pinlint.programs.values import Values
from pinlint.programs.words import Invocation, Redirected, Word
from pinlint.text import Document

if TYPE_CHECKING:
    from pinlint.syntax.shell import Word as Written

__all__ = ["called", "invocations"]

#: Programs that start the one behind their options: options that take the next word, and how many operands stand before it.
_WRAPPERS = {
    "sudo": ("-u -g -h -p -C -D -R -T -r -t -U --user --group --host --prompt --chdir --chroot --role --type --other-user", 0),
    "doas": ("-u -C", 0),
    "env": ("-u -C --unset --chdir", 0),
    "time": ("-f -o --format --output", 0),
    "nice": ("-n --adjustment", 0),
    "ionice": ("-c -n -p -t --class --classdata", 0),
    "timeout": ("-k -s --kill-after --signal", 1),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "exec": ("-a", 0),
    "builtin": ("", 0),
    "command": ("", 0),
    "xargs": ("-n -I -P -L -d -a -E -s --max-args --replace --max-procs --max-lines --delimiter --arg-file --max-chars", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "setpriv": ("", 0),
    "runuser": ("-u -g -G --user --group", 0),
    "chroot": ("", 1),
    "fakeroot": ("-l -s -i -u -b", 0),
    "stdbuf": ("-i -o -e", 0),
    "unbuffer": ("", 0),
    "chronic": ("", 0),
    "eatmydata": ("", 0),
    "faketime": ("", 1),
    "setarch": ("", 1),
    "arch": ("", 0),
    "linux32": ("", 0),
    "xvfb-run": ("-e -n -s -f -p -w --error-file --server-num --server-args --auth-file", 0),
    "busybox": ("", 0),
    "retry": ("-t -d -r -w -n -s --times --delay --tries --max --sleep", 0),
    "proot": ("", 0),
    "dotenv": ("-e -f -c -v", 0),
}  # fmt: skip
#: The same where a subcommand says so.
_RUNNERS = {
    ("poetry", "run"): "-C -P --directory --project",
    ("pipenv", "run"): "",
    ("pdm", "run"): "-p",
    ("rye", "run"): "",
    ("conda", "run"): "-n -p --name --prefix --cwd",
    ("mamba", "run"): "-n -p --name --prefix --cwd",
    ("micromamba", "run"): "-n -p --name --prefix --cwd",
    ("bundle", "exec"): "",
    (
        "uv",
        "run",
    ): "--with -w --python -p --group --extra --package --directory --project --env-file --with-editable --with-requirements",
}
_VALUED = {name: frozenset(valued.split()) for name, (valued, _) in _WRAPPERS.items()}
_SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "su", "eval", "cmd", "pwsh", "powershell"))
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_PYTHON = re.compile(r"(?:python|pypy)w?[\d.]*|py")
#: A version in a program's name: `pip3.11`.
_NUMBERED = re.compile(r"(pip|gem|npm|podman)[\d.]+")
_MODULES = frozenset(("pip", "pipx", "uv"))
_UNKNOWN_PYTHON = re.compile(r"\$.*py|`|\$\(", re.IGNORECASE)
_DEEPEST = 4  # scripts within scripts
_MOST = 20_000  # calls of one script
#: Characters of a script within a script that count as one step.
_PER_STEP = 4


class _Text(NamedTuple):
    """Shell code and where it stands. `at` is its place in the document if it stands there character for character, else -1."""

    script: Script
    document: Document
    span: Span | None = None
    at: int = -1
    depth: int = 0

    def place(self, start: int, end: int) -> Span:
        if self.span is None:
            return self.script.span(start, end)
        return Span(self.at + start, self.at + end) if self.at >= 0 else self.span


class _Known(Mapping[str, str]):
    """The variables whose values are known, which are no copy: very many scripts may stand among very many of them."""

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        value = self._values.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._values.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def invocations(script: Script, document: Document) -> list[Invocation]:
    """The calls of programs in a script, in order."""
    if script.words:
        return list(islice(_of_words(_given(script, document), _Text(script, document), {}), _MOST))
    return list(islice(_in(_Text(script, document), {}), _MOST)) if script.shell else []


def called(words: list[Word], document: Document) -> list[Invocation]:
    """The calls that words lead to which no shell divides."""
    place = words[0].span.start if words else 0
    return list(_of_words(words, _Text(Script("", [(0, place)], "sh", "script"), document), {}))


def _given(script: Script, document: Document) -> list[Word]:
    foreign = None
    if script.foreign:
        from pinlint.syntax.shell import FOREIGN

        foreign = re.compile(FOREIGN[script.foreign])
    return [
        Word(text, Span(start, end), document.text[start:end] == text, foreign is None or not foreign.search(text))
        for text, start, end in script.words
    ]


def _in(text: _Text, known: Mapping[str, str]) -> Iterator[Invocation]:
    from pinlint.syntax.shell import commands  # where no shell is needed, none is read

    script = text.script
    foreign = script.foreign or ("template" if re.search(r"\{[{%]|<%", script.text) else "")
    found, _ = commands(script.text, script.shell, foreign)
    values = Values(known, script.variables, found)
    environment = _Known(values.one)
    for number, command in enumerate(found):
        words: list[Word] = []
        for written in command.words:
            words += _words(written, values, text)
        own = {name: value for written in command.assignments for name, value in _assignment(written, values)}
        around: Mapping[str, str] = ChainMap(own, environment) if own else environment  # type: ignore[arg-type]
        redirections = tuple(
            [Redirected(one.operator, one.descriptor, _target(one.target, values, text)) for one in command.redirections]
        )
        whole = Invocation("", words, text.place(command.start, command.end), around, redirections, script, command, number)
        yield from _calls(whole, text)


def _words(written: "Written", values: Values, text: _Text) -> list[Word]:
    """The words that one becomes. Where quotes surround it, its place is between them."""
    if len(written.parts) == 1 and written.parts[0].kind == "literal":
        span = text.place(written.start, written.end)
        return [_literal(written.text, span, text.document.text)]
    made = values.texts(written)
    span = text.place(written.start, written.end)
    if len(made) == 1 and made[0] == (written.text, True):
        return [_literal(written.text, span, text.document.text)]
    return [Word(one, span, exact=False, clear=clear) for one, clear in made]


def _target(written: "Written", values: Values, text: _Text) -> Word:
    return (_words(written, values, text) or [Word("", text.place(written.start, written.end))])[0]


def _literal(text: str, span: Span, document: str) -> Word:
    if document[span.start : span.end] == text:
        return Word(text, span)
    if document[span.start + 1 : span.end - 1] == text:
        return Word(text, Span(span.start + 1, span.end - 1))
    return Word(text, span, exact=False)


def _assignment(written: "Written", values: Values) -> Iterator[tuple[str, str]]:
    for text, clear in values.texts(written):
        if clear and (found := _ASSIGNED.fullmatch(text)):
            yield found[1], found[2]


def _of_words(words: list[Word], text: _Text, environment: Mapping[str, str]) -> Iterator[Invocation]:
    if words:
        span = Span(words[0].span.start, max(word.span.end for word in words))
        yield from _calls(Invocation("", words, span, environment, script=text.script), text)


def _calls(whole: Invocation, text: _Text) -> Iterator[Invocation]:
    """The call that a command comes to, and those of the script that it is given."""
    words, environment = whole.words, whole.environment
    for _ in range(20):
        words, environment = _assigned(words, environment)
        if not words:
            return
        rest = _inner(_name(words[0]), words, text)
        if rest is None:
            break
        words = rest[0]
        yield from (whole._replace(program=_name(one[0]), words=one[1:], environment=environment) for one in rest[1:])
    else:
        return
    call = Invocation(
        _name(words[0]), words[1:], whole.span, environment, whole.redirections, whole.script, whole.command, whole.number,
        words[0].text,
    )  # fmt: skip
    yield call
    if call.program == "cmd" and len(inner_words := _behind_c(call.words)) > 1:
        yield from _of_words(inner_words, text, environment)
    elif call.program in _SHELLS and text.depth < _DEEPEST:
        for inner in _scripts(call, text):
            yield from _in(inner, environment)


def _assigned(words: list[Word], environment: Mapping[str, str]) -> tuple[list[Word], Mapping[str, str]]:
    """The words from the program on, and the environment that those before it set."""
    at, own = 0, {}
    while at < len(words) and (found := _ASSIGNED.fullmatch(words[at].text)):
        if words[at].clear:
            own[found[1]] = found[2]
        at += 1
    return words[at:] if at else words, ChainMap(own, environment) if own else environment  # type: ignore[arg-type]


def _name(word: Word) -> str:
    """A program's name without its folder, Windows' endings and a version; "" where it is not known."""
    if not word.clear:
        return ""
    name = word.text.replace("\\", "/").rpartition("/")[2]
    if name[-4:].lower() in (".exe", ".cmd", ".bat"):
        name = name[:-4]
    numbered = _NUMBERED.fullmatch(name)
    return numbered[1] if numbered else name


def _inner(name: str, words: list[Word], text: _Text) -> list[list[Word]] | None:
    """The words of the command that a program starts; None if it starts none. Further lists are calls of their own."""
    if name in _WRAPPERS:
        if name == "command" and len(words) > 1 and words[1].text in ("-v", "-V"):
            return None
        return [_behind(words, _VALUED[name], _WRAPPERS[name][1])]
    if _PYTHON.fullmatch(name) or (not name and _UNKNOWN_PYTHON.match(words[0].text)):
        return _module(words)
    if len(words) > 2 and (name, words[1].text) in _RUNNERS:
        rest = _behind(words[1:], frozenset(_RUNNERS[name, words[1].text].split()), 0)
        return [rest, words] if name == "uv" else [rest]
    if text.script.text == "" and name and (at := next((n for n, word in enumerate(words) if word.text == "--"), 0)):
        from pinlint.programs import PROGRAMS

        return [words[at + 1 :]] if name not in PROGRAMS and words[at + 1 :] else None  # `op run -- npx …`
    return None


def _behind(words: list[Word], valued: frozenset[str], operands: int) -> list[Word]:
    """What follows the options and the first operands of a wrapper."""
    at = 1
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        at += 1 + (text in valued)
        if text == "--":
            break
    return words[at + operands :]


def _module(words: list[Word]) -> list[list[Word]] | None:
    at = 1
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        if text == "-c":
            return None
        if re.fullmatch(r"-[a-zA-Z]*m", text):
            module = words[at + 1 : at + 2]
            return [words[at + 1 :]] if module and module[0].text in _MODULES else None
        at += 2 if text in ("-W", "-X") else 1
    return None


def _behind_c(words: list[Word]) -> list[Word]:
    """The words of the command that Windows' shell is given: each is one already."""
    return words[1 + next((at for at, word in enumerate(words) if word.text.lower() in ("/c", "/k")), len(words)) :]


def _scripts(call: Invocation, text: _Text) -> Iterator[_Text]:
    """The code that a shell is given: behind -c, or on its standard input."""
    words = call.words
    if call.program == "eval":
        yield from _nested(words, text, "sh")
        return
    powershell = call.program in ("pwsh", "powershell")
    if call.program == "cmd":
        yield from _nested(_behind_c(words), text, "sh")
        return
    at = 0
    while at < len(words):
        option = words[at].text.lower()
        if powershell and option in ("-command", "-c"):
            yield from _nested(words[at + 1 :], text, "powershell")
            return
        elif not powershell and (re.fullmatch(r"-[a-z]*c", option) or option == "--command"):
            yield from _nested(words[at + 1 : at + 2], text, "sh")
            return
        elif not option.startswith(("-", "+")) and call.program != "su":
            return
        at += 2 if option in ("-o", "+o", "--rcfile", "--init-file", "-executionpolicy", "-ep") else 1
    for one in call.command.redirections if call.command is not None else ():
        if one.body and one.body_start >= 0:
            place = text.place(one.body_start, one.body_start + len(one.body))
            exact = text.document.text[place.start : place.end] == one.body
            script = text.script._replace(text=one.body, shell="powershell" if powershell else "sh", words=())
            end = one.body_start + len(one.body)
            if text.span is None and text.script.text[one.body_start : end] == one.body:
                from pinlint.syntax.scalars import Written, part  # few scripts hold another one so

                pieces = part(Written(text.script.text, text.script.pieces), one.body_start, end).pieces
                yield _Text(script._replace(pieces=pieces), text.document, None, -1, text.depth + 1)
            else:
                yield _Text(script, text.document, place, place.start if exact else -1, text.depth + 1)


def _nested(words: list[Word], text: _Text, shell: str) -> Iterator[_Text]:
    """Words as a script of their own; of several the places are those of all."""
    if not words:
        return
    whole = words[0].text if len(words) == 1 else " ".join(word.text for word in words)
    span = Span(words[0].span.start, words[-1].span.end)
    at = span.start if text.document.text[span.start : span.end] == whole else -1
    spend(len(whole) // _PER_STEP)  # variables may hold it, which hold more
    script = text.script._replace(text=whole, pieces=[(0, span.start)], shell=shell, words=())
    yield _Text(script, text.document, span, at, text.depth + 1)

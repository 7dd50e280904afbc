"""mvdan/sh itself (PyPI: shfmt-py) and ours read the same commands, words and offsets."""

# ruff: noqa: E501 - shell code as it is written

from __future__ import annotations

import json
import random
import re
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import at_hand

from pinlint.syntax.shell import Word, commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Read(NamedTuple):
    """A command: where its assignments and words begin and end, and the text of a word in which nothing is expanded."""

    assignments: tuple[tuple[int, int], ...]
    words: tuple[tuple[int, int], ...]
    texts: tuple[str | None, ...]


def tree(text: str) -> Any:
    """What mvdan/sh makes of a script; None if it refuses it."""
    at_hand("shfmt")
    done = subprocess.run(["shfmt", "--to-json", "-ln", "bash"], input=text.encode(), capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def theirs(parsed: Any) -> list[Read]:
    found, left = [], [parsed]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            if one.get("Type") == "CallExpr":
                words = one.get("Args") or []
                found.append(Read(_places(one.get("Assigns") or []), _places(words), tuple(map(_text, words))))
            elif one.get("Type") == "DeclClause":
                words = [one["Variant"], *(one.get("Args") or [])]
                found.append(Read((), _places(words), (one["Variant"]["Value"], *[None] * (len(words) - 1))))
            left += one.values()
    return sorted(found, key=lambda read: read[:2])


def _places(nodes: list[Any]) -> tuple[tuple[int, int], ...]:
    return tuple((node["Pos"]["Offset"], node["End"]["Offset"]) for node in nodes)


def _text(word: Any) -> str | None:
    parts = []
    for part in word["Parts"]:
        if part["Type"] == "Lit":
            parts.append(re.sub(r"(?s)\\(.)", lambda one: "" if one[1] == "\n" else one[1], part["Value"]))
        elif part["Type"] == "SglQuoted" and not part.get("Dollar"):
            parts.append(part.get("Value", ""))
        elif part["Type"] == "DblQuoted" and all(inner["Type"] == "Lit" for inner in part.get("Parts", ())):
            raw = "".join(inner["Value"] for inner in part.get("Parts", ()))
            parts.append(re.sub(r"(?s)\\([$`\"\\\n])", lambda one: "" if one[1] == "\n" else one[1], raw))
        else:
            return None
    return "".join(parts)


#: Heads of compound commands, which are no commands to mvdan/sh.
HEADS = ("[[", "for", "select", "case", "let")


def ours(text: str, told: list[Read]) -> list[Read]:
    """What is compared: commands with words, and the texts that the other reader knows."""
    known = {read.words: read.texts for read in told}
    found = []
    for one in commands(text)[0]:
        first = one.words[0] if one.words else None
        head = first and (text[first.start : first.end] in HEADS or first.text.startswith("(("))
        if not head and (one.words or one.assignments):
            words = tuple((word.start, word.end) for word in one.words)
            texts = known.get(words, ())
            shown = tuple(word.text if text is not None else None for word, text in zip(one.words, texts, strict=False))
            found.append(Read(tuple((word.start, word.end) for word in one.assignments), words, shown))
    return sorted(found, key=lambda read: read[:2])


#: What real scripts hold and a naive reader gets wrong.
HARD = {
    "a backtick ends a word": "a `b`c; d `e f`",
    "a comment in backticks": "RUN=1 apt-get install a `# first` b `# second` c",
    "a dollar before a quote within quotes": 'echo "cost: $" b "$"',
    "a hash within a word": "pip install x#sha256=ab # comment\nnext",
    "a pattern of case": 'case "$(uname -m)" in x86_64|amd64) curl a ;; (arm*) curl b ;; *) exit 1 ;; esac; after',
    "case within a substitution": 'x=$(case $y in a) echo b ;; esac) z',
    "operators between brackets": '[[ $a == b* && ( -f c || $d < e ) ]] && f; [[ $x =~ ^(a|b)$ ]] || g',
    "operators of arithmetic": "(( a < b && c > d )) && e; echo $((1 << 2)) $(( (a) + $(f) ))",
    "two subshells and no sum": "( (a; b) | c); $( (d) | e)",
    "a heredoc begins at the next line": "cat <<A | sh && after\nbody\nA\nnext",
    "a heredoc within a substitution": "x=$(cat <<A\nbody )\nA\n) y",
    "a heredoc that runs something": "cat <<A > f\nx $(curl y) `z`\nA\nnext",
    "a quoted heredoc": "cat <<'A' > f\nx $(curl y)\nA\nnext",
    "two heredocs": "cat <<A 3<<-\\B\na\nA\n\tb\n\tB\nnext",
    "a heredoc with no text": "cat <<A\nA\nnext",
    "a here-string": 'bash <<< "$(curl x)" && y',
    "an array": "a=( b 'c d' $(e) # comment )\n f ); h+=(i); local j=(k l)",
    "an extended pattern": "rm -r !(a|b) x@(c|d).txt +(e)",
    "functions": "f() { a; }; function g { b; }; function h() ( c )\nf () {\n d\n}\nf",
    "keywords that are words": "echo if then fi for; a do done } {",
    "redirections everywhere": ">a b 2>&1 c >>d <e {fd}<f g &>h i",
    "a version that is a redirection": "pip install foo>=2 'bar>=2'",
    "groups": "{ a; b; } | c; (d && e) > f || g; while read x; do h; done < <(i)",
    "conditions": "if ! a | b; then c; elif d; then e; else f; fi && g; until h; do i; done",
    "loops": "for x in a $(b) c; do d $x; done; for y; do e; done; for ((i=0; i<3; i++)); do f; done; select z in 1; do g; done",
    "time": "time -p a | b; time c",
    "background": "a & b && c & d",
    "quotes": "a 'b c' \"d $e $(f \"g h\") ${i:-\"j k\"}\" l\\ m \"n\\\"o\" $'p\\'q' r\"s\"'t'",
    "braces": "a {b,c}d ${e} {f..g} {} x{ }y",
    "variables": "a $b ${c%%/*} ${d:-$(e)} ${#f[@]} $1 $@ $? \"${g[@]}\" ${h//[^a-z]/-}",
    "assignments": "a=b c=$(d) e f=g; h=i; j[0]=k; j[$m]=n; o+=p",
    "declarations": 'export a=b c; local d="$(e)"; declare -a f=(g h); readonly i',
    "processes": "diff <(a | b) <(c) > >(d)",
    "continuations": "a \\\n  b \\\n  && c \\\n  | d\ne\\\nf",
    "nested substitutions": 'a "$(b "$(c "${d:-$(e)}")")" f',
    "coprocess": "coproc a b; after",
    "negation": "! a && ! b",
    "letters of other alphabets": "echo '\u00e4\u00f6' ; curl x",
}  # fmt: skip


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_what_is_hard_is_read_alike(text: str) -> None:
    ascii_text = text.encode("ascii", "replace").decode()  # offsets there count bytes
    parsed = tree(ascii_text)
    assert parsed is not None
    told = theirs(parsed)
    assert told
    assert ours(ascii_text, told) == told
    assert commands(text)[1] == []


class Script:
    """A generated script, by chance, to a depth; `used` are the constructs in it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.used: set[str] = set()

    def lines(self, depth: int) -> str:
        return "\n".join(self.line(depth) for _ in range(self.chance.randint(1, 4)))

    def line(self, depth: int) -> str:
        kind = self.chance.choice(
            ("simple", "pipe", "if", "for", "case", "group", "subshell", "while", "heredoc", "test", "function", "sum")
        )
        kind = kind if depth > 0 else "simple"
        self.used.add(kind)
        inner = depth - 1
        if kind == "simple":
            return self.simple(inner)
        if kind == "pipe":
            return (
                self.simple(inner)
                + self.chance.choice((" | ", " && ", " || ", "; ", " |\n", " & ", " && \\\n  ", "|& "))
                + self.simple(inner)
            )
        if kind == "heredoc":
            tab = self.chance.choice(("", "-"))
            quote = self.chance.choice(("", "'"))
            body = self.chance.choice(("a $b\n", "it's $(c d)\n", '"e\n', "", "# f\n", "`g`\n"))
            return f"{self.simple(inner)} <<{tab}{quote}END{quote}{self.chance.choice(('', ' | h', ' > i'))}\n{body}{tab and chr(9)}END"
        made: dict[str, Callable[[], str]] = {
            "if": lambda: f"if {self.simple(inner)}; then\n{self.lines(inner)}\nelse {self.simple(inner)}; fi",
            "for": lambda: f"for x in {self.word(inner)} b; do {self.lines(inner)}\ndone",
            "case": lambda: f"case {self.word(inner)} in\n a|b*) {self.simple(inner)} ;;\n (c) {self.lines(inner)}\n;;\n*) ;; esac",
            "group": lambda: f"{{ {self.lines(inner)}\n}} | d",
            "subshell": lambda: f"( {self.lines(inner)} ) >&2",
            "while": lambda: f"while read -r x; do {self.lines(inner)}\ndone < <({self.simple(inner)})",
            "test": lambda: f"[[ {self.word(inner)} == x && ! -f y ]] || {self.simple(inner)}",
            "function": lambda: f"f{self.chance.randint(0, 9)}() {{\n{self.lines(inner)}\n}}",
            "sum": lambda: f"(( x {self.chance.choice('<>')} 1 )); echo $(( x & 3 ))",
        }
        return made[kind]()

    def simple(self, depth: int) -> str:
        words = [self.word(depth) for _ in range(self.chance.randint(0, 3))]
        ahead = self.chance.choice(("", "", "", "A=1 ", "B=$c ", "sudo -E ", "> o ", "! "))
        behind = self.chance.choice(("", "", "", " > out", " 2>&1", " < in", " # it's", " <<< $x", " &> all"))
        if behind == " # it's":
            return f"{ahead}{' '.join(['curl', *words])}\n"
        return f"{ahead}{' '.join(['curl', *words])}{behind}"

    def word(self, depth: int) -> str:
        kind = self.chance.choice(
            ("plain", "single", "double", "variable", "command", "backticks", "braces", "escape", "process", "default", "glued")
        )
        kind = kind if depth > 0 else self.chance.choice(("plain", "single", "escape"))
        self.used.add(kind)
        inner = depth - 1
        if kind == "plain":
            return self.chance.choice(
                ("a", "-o", "https://h.example/x?y=z#f", "a=b", "x/{y", "z}", "[a]", "*.c", "~/d", "if", "@", "a!b", "2", "=c")
            )
        made: dict[str, Callable[[], str]] = {
            "single": lambda: self.chance.choice(("'a b'", "'$x|y'", "''", "'\"'", "'#'", "$'a\\'b'")),
            "escape": lambda: self.chance.choice(("\\$x", "a\\ b", "\\'", '\\"', "\\#c", "a\\\nb", "\\\\", "\\;")),
            "variable": lambda: self.chance.choice(("$x", "${x}", '"$x"', "${x%/*}", "$1", '"${x[@]}"', "$x.y", "${x/a/b}")),
            "braces": lambda: self.chance.choice(("{a,b}", "x{1..3}y", "{}", "a{b")),
            "double": lambda: f"\"a {self.within(inner)} 'b' # $\"",
            "command": lambda: f"$({self.lines(inner)})",
            "backticks": lambda: f"`curl {self.chance.choice(('a', 'b c', 'd | e', '$f'))}`",
            "process": lambda: f"<({self.simple(inner)}\n)",
            "default": lambda: f'"${{x:-{self.within(inner)}}}"',
            "glued": lambda: f"a{self.word(inner)}'b'",
        }
        return made[kind]()

    def within(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(("a", "$x", '\\"', "\\$y"))
        kind = self.chance.choice(("$x", "", "${y:-z}", "`curl q`", "\\\\", "$((1+2))"))
        return kind or f"$({self.lines(depth - 1)})"


def generated(seed: int, count: int) -> Iterator[tuple[str, set[str]]]:
    for number in range(count):
        script = Script(random.Random(f"{seed}.{number}"))
        yield script.lines(3), script.used


def test_what_is_generated_is_read_alike() -> None:
    seen: Counter[str] = Counter()
    accepted = 0
    for text, used in generated(20261130, 200):
        parsed = tree(text)
        if parsed is None:
            continue
        accepted += 1
        seen.update(used)
        told = theirs(parsed)
        assert ours(text, told) == told, text
        assert commands(text)[1] == [], text
    assert accepted > 100
    assert min(seen.values()) > 5, seen
    assert len(seen) == 23, seen


def test_a_word_says_what_stands_where() -> None:
    (command,), _ = commands("curl \"$URL/a\"'b'\\ c ${{ x }}", foreign="github")
    parts = [(part.kind, part.text, part.quoted) for word in command.words for part in word.parts]
    assert parts == [
        ("literal", "curl", False), ("literal", "", True), ("variable", "$URL", True), ("literal", "/a", True), ("literal", "b", True),
        ("literal", " c", False), ("foreign", "${{ x }}", False),
    ]  # fmt: skip
    assert [word.literal for word in command.words] == [True, False, False]


def _words(found: list[Word] | tuple[Word, ...]) -> list[str]:
    return [word.text for word in found]


@pytest.mark.parametrize(
    ("text", "foreign", "expected"),
    [
        pytest.param("a ${{ b || 'c\" d' }} e '${{ f }}'", "github", [["a", "${{ b || 'c\" d' }}", "e", "${{ f }}"]], id="quotes within an expression"),
        pytest.param("a << parameters.b >> c\nd", "circleci", [["a", "<< parameters.b >>", "c"], ["d"]], id="no heredoc"),
        pytest.param("a $(Build.X)/b $(date)", "azure", [["a", "$(Build.X)/b", "$(date)"], ["date"]], id="a macro and a substitution"),
        pytest.param("a $(X) $$Y $$(b)", "make", [["a", "$(X)", "$Y", "$(b)"], ["b"]], id="make's and the shell's"),
        pytest.param("a {{b c}} d", "just", [["a", "{{b c}}", "d"]], id="blanks within braces"),
        pytest.param("a $_X $$Y ${_Z}", "cloud_build", [["a", "$_X", "$Y", "${_Z}"]], id="substitutions of a build"),
    ],
)  # fmt: skip
def test_foreign_writing_is_one_part(text: str, foreign: str, expected: list[list[str]]) -> None:
    found, complaints = commands(text, foreign=foreign)
    assert [_words(command.words) for command in found] == expected
    assert complaints == []


def test_what_is_piped_into_a_group_is_piped_into_all_it_holds() -> None:
    found, _ = commands("(cd x && curl u) | (cd /usr; tar x) | { a | b; }\nc")
    piped = [(command.words[0].text, command.piped) for command in found]
    assert piped == [
        ("cd", (0, 0)), ("curl", (0, 0)), ("cd", (0, 2)), ("tar", (0, 2)), ("a", (2, 4)), ("b", (4, 5)), ("c", (0, 0)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "broken", ['echo "a', "echo ${a", "echo $((a", "a=( b", "echo 'a", "cat <<EOF", "echo `a", ")", "fi", "[[ a; b"]
)
def test_what_is_broken_costs_one_command(broken: str) -> None:
    found, complaints = commands(f"before it\n{broken}\ncurl x | sh\nafter it")
    said = [_words(command.words) for command in found]
    assert said[0] == ["before", "it"]
    assert said[-3:] == [["curl", "x"], ["sh"], ["after", "it"]]
    assert complaints

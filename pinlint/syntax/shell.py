"""Shell code as simple commands with the place of every word, for POSIX shells (bash's additions included) and PowerShell.

Knows what divides words and commands; must not know what any command does. What it cannot understand costs one command and never
the file, time is linear, and nothing recurses by the length of the text. Source: POSIX.1-2024, Shell Command Language; bash's
manual; about_Parsing and about_Quoting_Rules of PowerShell. mvdan/sh is the oracle in the tests.
"""

import re
from typing import NamedTuple

__all__ = ["FOREIGN", "Command", "Part", "Redirection", "Word", "commands"]


class Part(NamedTuple):
    """A stretch of a word. `kind` is "literal", "variable" (`$X`, `${X:-y}`, as written), "command" (`$(…)`, backticks,
    PowerShell's parentheses), "process" (`<(…)`), "arithmetic", "array" (`(a b)` behind `x=`), "glob" (`*`, `?`, `{a,b}` that no
    quote covers) or "foreign" (writing that stands for a value before any shell sees it). `text` of a literal is what the program
    gets."""

    kind: str
    text: str
    start: int
    end: int
    quoted: bool


class Word(NamedTuple):
    """A word of a command; `text` has its quotes and escapes undone, and what is expanded stands there as written. `start` and
    `end` are offsets in the script, quotes included."""

    text: str
    start: int
    end: int
    parts: tuple[Part, ...]

    @property
    def literal(self) -> bool:
        """Whether the program gets just this text: nothing in the word is expanded."""
        return all(part.kind == "literal" for part in self.parts)


class Redirection(NamedTuple):
    """`operator` as written (`>`, `<<-`, `<<<`, `&>`), `descriptor` what stands before it ("" = the usual one), `target` the word
    behind it. The text of a heredoc is `body`, which begins at `body_start`; `quoted` is whether nothing in it is expanded."""

    operator: str
    descriptor: str
    target: Word
    body: str = ""
    body_start: int = -1
    quoted: bool = False


class Command(NamedTuple):
    """One simple command. The heads of `for`, `select` and `case`, `[[ … ]]` and `(( … ))` come out as commands whose first word is
    that keyword. `before` and `after` are the operator or keyword next to it ("" at the ends of the script).

    `inside` is the index of the command in whose words or redirections it stands (-1 = none), `how` says by which sign: "$(", "`",
    "<(", ">(", in PowerShell also "(". `depth` counts what encloses it. `piped` are the commands (first, one past the last) whose
    output a pipe hands it; all commands of a group that is piped into have it. `start` and `end` reach over assignments and
    redirections.
    """

    assignments: tuple[Word, ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]
    before: str
    after: str
    inside: int
    how: str
    depth: int
    piped: tuple[int, int]
    start: int
    end: int


#: Writing that stands for a value before any shell sees the text, by whose it is; `$$` and the like that mean the shell's own sign.
#: None looks further than a thousand characters for its end, as very many that have none may stand in one text.
FOREIGN: dict[str, str] = {
    "github": r"\$\{\{.{0,999}?\}\}",
    "azure": r"\$\{\{.{0,999}?\}\}|\$\[.{0,999}?\]|\$\([A-Za-z_][\w-]*+\.[\w.-]++\)",
    "gitlab": r"\$\[\[.{0,999}?\]\]",
    "circleci": r"<<\s*[\w.-]+\s*>>",
    "tekton": r"\$\((?:params|tasks|workspaces|results|context|steps|inputs|outputs|resources)\b[^()\s]*\)",
    "cloud_build": r"(?P<shell>\$\$)|\$\{?(?:_[A-Z0-9_]+|PROJECT_ID|BUILD_ID|COMMIT_SHA|SHORT_SHA|REVISION_ID|REPO_NAME|BRANCH_NAME"
    r"|TAG_NAME|PROJECT_NUMBER|LOCATION|REPO_FULL_NAME|TRIGGER_NAME)\b\}?",
    "drone": r"(?P<shell>\$\$)|\$\{[A-Z][^}\n]{0,999}\}",
    "make": r"(?P<shell>\$\$)|\$\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\$\{[^{}\n]*\}|\$[^$({\s]",
    "just": r"\{\{.{0,999}?\}\}",
    "task": r"\{\{.{0,999}?\}\}",
    "groovy": r"(?P<shell>\\\$)|\$\{[^{}\n]*\}|\$[A-Za-z_][\w.]*",
    "template": r"\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\}|<%[^<>\n]*%>",
    "tox": r"\{[A-Za-z_\[][^{}\n]*\}",
}


def commands(text: str, shell: str = "sh", foreign: str = "") -> tuple[list[Command], list[int]]:
    """Every simple command of a script, in the order in which they begin, and the offsets where something was not understood.

    `shell` is "sh" or "powershell", `foreign` a word of `FOREIGN`. Offsets count characters of `text`.
    """
    masked, spans = _masked(text, foreign) if foreign else (text, {})
    if shell == "powershell":
        from pinlint.syntax.powershell import Scanner as PowerShell

        return PowerShell(masked, text, spans).read()
    from pinlint.syntax.posix_shell import Scanner

    return Scanner(masked, text, spans).read()


def _masked(text: str, foreign: str) -> tuple[str, dict[int, int]]:
    """The text with U+E000 for what is foreign and U+E001 for what hides the shell's own sign, and where each stretch ends, by
    where it begins."""
    spans: dict[int, int] = {}
    parts: list[str] = []
    last = 0
    for found in re.compile(FOREIGN[foreign], re.DOTALL).finditer(text):
        hides = found.lastgroup == "shell"
        end = found.start() + 1 if hides else found.end()
        spans[found.start()] = end
        parts += (text[last : found.start()], ("\ue001" if hides else "\ue000") * (end - found.start()))
        last = end
    return "".join((*parts, text[last:])), spans

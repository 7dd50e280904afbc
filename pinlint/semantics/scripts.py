"""Scripts that other files hold: which shell reads them, which of the known variables they name, where their text is written.

Knows the names of shells; must not know which key holds a script, nor what its commands do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinlint.model import Script
    from pinlint.syntax.nodes import Node
    from pinlint.syntax.scalars import Written
    from pinlint.text import Document

__all__ = [
    "EITHER",
    "chosen",
    "deployed_to",
    "given",
    "listed",
    "partial_values",
    "placed",
    "plain_values",
    "script",
    "shebang",
    "shell_of",
    "used",
    "written_for",
]

#: Stands for the shell of a step whose machine cannot be told.
EITHER = "either"
_SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "msys2"))
_POWERSHELLS = frozenset(("pwsh", "powershell"))
#: What may stand before the program that a shebang line means.
_LAUNCHERS = frozenset(("env", "busybox", "nix-shell"))
#: A program that takes its options from the environment, too, and how their names begin there.
COSIGN, COSIGNS = "cosign", "COSIGN_"
_LONGEST = 1_000  # characters of a value that only the run completes
_USED = re.compile(r"\$\{?!?([A-Za-z_]\w*)|\$\{?env:([A-Za-z_]\w*)", re.ASCII | re.IGNORECASE)
#: What is written so in one kind of shell only.
_SAYS_POSIX = (
    r"(?m)^[ \t]*(?:fi|done|esac|export[ \t]+\w+=|[A-Za-z_]\w*=[^=\s]|set -[a-z]*[eux])(?:\b|[^\n])|[ \t]\\$|\[\[ |<<-?['\"]?[A-Z]"
)
_SAYS_POWERSHELL = r"(?m)\$env:\w|^[ \t]*\$\w+[ \t]*\+?=|\b[A-Z][a-z]+-[A-Z][a-zA-Z]+[ \t]|[ \t]`$|@['\"({]"
_WINDOWS = re.compile(r"windows|\bwin(?:\d|\b|-)|nanoserver|servercore", re.IGNORECASE)
_POSIX = re.compile(r"linux|ubuntu|debian|alpine|fedora|centos|macos|\bmac\b|darwin|osx", re.IGNORECASE)


def shell_of(command: str) -> str:
    """How a script is read that is given to a command ("bash -e {0}", "/bin/sh", "pwsh"); "" for anything but a shell."""
    words = command.split()
    while words and (name := _name(words[0])) in _LAUNCHERS:
        words = [word for word in words[1:] if word == "-" or not word.startswith("-")]
        if name == "env":
            words = [word for word in words if "=" not in word]
    name = _name(words[0]) if words else ""
    return "sh" if name in _SHELLS else "powershell" if name in _POWERSHELLS else ""


def _name(word: str) -> str:
    return re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe")


def shebang(text: str) -> str | None:
    """How a script is read by its own first line, "" where that names no shell; None where it has none."""
    found = re.match(r"\ufeff?#![ \t]*([^\r\n]{0,200})", text)
    return shell_of(found[1]) if found else None


def chosen(systems: Iterable[str]) -> str:
    """The shell of a step that names none, by what its machine is called: bash reads it where any of the machines is no Windows,
    PowerShell where all are; "" where that cannot be told."""
    systems = list(systems)
    if any(_POSIX.search(one) for one in systems):
        return "sh"
    return "powershell" if systems and all(_WINDOWS.search(one) for one in systems) else ""


def written_for(text: str) -> str:
    """The shell of a script whose machine cannot be told, by its own writing: "sh" where only that is written so or all would read
    the same, "powershell" where only that is, "" else."""
    if re.search(_SAYS_POSIX, text):
        return "sh"
    if re.search(_SAYS_POWERSHELL, text):
        return "powershell"
    return "" if re.search(r"[`^%\\]", text) else "sh"


def used(text: str, variables: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Those of the variables that a text names, or that a program it names looks at, as far as they are known."""
    if not variables or ("$" not in text and COSIGN not in text):
        return ()
    names = dict.fromkeys(found[1] or found[2] for found in _USED.finditer(text))
    if COSIGN in text:
        names.update(dict.fromkeys(name for name in variables if name.startswith(COSIGNS)))
    return tuple([(name, value) for name in names if (value := variables.get(name)) is not None])


def plain_values(holder: Node | None, foreign: str = "") -> dict[str, str | None]:
    """The variables that a mapping sets; None for what holds `foreign`, which only the run fills in."""
    found: dict[str, str | None] = {}
    for key, value in holder.items() if holder is not None else ():
        if key.kind == "scalar" and key.value != "<<":
            known = value.kind == "scalar" and not (foreign and foreign in value.value)
            found[key.value] = value.value if known else None
    return found


def deployed_to(job: Node) -> str:
    """Where a job deploys to, by its own word: `environment: NAME`, or a mapping that has a name."""
    node = job.get("environment")
    named = node.get("name") if node is not None and node.kind == "mapping" else node
    return named.value if named is not None and named.kind == "scalar" else ""


def partial_values(holder: Node, foreign: str) -> list[tuple[str, str]]:
    """The variables of a mapping that hold `foreign`, as they are written."""
    return [
        (key.value, value.value)
        for key, value in holder.items()
        if key.kind == "scalar" and value.kind == "scalar" and foreign in value.value and len(value.value) < _LONGEST
    ]


def listed(held: Node | None) -> Iterator[Node]:
    """The texts of a list, which may hold lists, or the one text that stands in its place; not what is something else."""
    waiting = [held] if held is not None else []
    while waiting:
        node = waiting.pop()
        if node.tag == "!reference":
            continue
        if node.kind == "sequence":
            waiting.extend(reversed(node.elements))
        elif node.kind == "scalar" and node.value:
            yield node


def given(words: Iterable[Node]) -> Node | None:
    """The text among the words of a command that a shell is to run (`sh -ec TEXT`); None where it runs something else."""
    waiting = iter(words)
    first = next(waiting, None)
    if first is None or shell_of(first.value) != "sh":
        return None
    for word in waiting:
        if not word.value.startswith("-"):
            return None
        if re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word.value):
            return next((one for one in waiting if one.kind == "scalar"), None)
    return None


def script(node: Node, document: Document, place: Script, variables: Mapping[str, str | None] | None = None) -> Script:
    """A script that is a scalar of YAML, at a `place` that says everything but its text."""
    from pinlint.syntax.scalars import scalar  # few files hold any

    return placed(scalar(node, document.text), place, variables)


def placed(written: Written, place: Script, variables: Mapping[str, str | None] | None = None) -> Script:
    """A script of this text, at a `place` that says everything else. Its own first line decides which shell reads it."""
    own = shebang(written.text) if written.text.startswith("#!") else None
    shell = place.shell if own is None else own
    return place._replace(text=written.text, pieces=written.pieces, shell=shell, variables=used(written.text, variables or {}))

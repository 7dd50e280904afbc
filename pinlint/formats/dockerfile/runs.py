"""The scripts of RUN: shell form, exec form, heredocs, and the shell that reads them.

Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (dispatchRun, dispatchShell, withShell),
instructions/commands_runmount.go; docs.docker.com/reference/dockerfile/#shell-and-exec-form, #here-documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.semantics.scripts import chosen, placed, shell_of, used
from pinlint.syntax.dockerfile import heredocs
from pinlint.syntax.scalars import Written, json, part, raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.syntax.dockerfile import Instruction

__all__ = ["Runs"]

_STRING = r'"((?:[^"\\]|\\.)*+)"'
#: A RUN that is nothing but the announcement of a heredoc: its body is the script.
_BODY_ALONE = r"\s*\d*<<-?\s*([\"']?)([^\s\"'<>|&;]+)\1\s*"


class Runs:
    """Which shell each stage has, and what it runs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._shells: dict[str, str] = {}  # by stage
        self._shell, self._stage, self._number = "sh", "", -1

    def enter(self, base: str, name: str) -> None:
        """A new stage begins, with the shell of the one that it is built on; images of Windows have cmd."""
        self._number += 1
        self._stage = name
        self._chosen(self._shells.get(base, "" if chosen([base]) == "powershell" else "sh"))

    def shell(self, instruction: Instruction) -> None:
        """Takes note of a SHELL."""
        words = _strings(instruction, instruction.arguments)
        self._chosen(shell_of(words[0][0]) if words else self._shell)

    def _chosen(self, shell: str) -> None:
        self._shell = shell
        if self._stage:
            self._shells[self._stage] = shell

    def scripts(self, instruction: Instruction, variables: Mapping[str, str | None]) -> Iterator[Script]:
        """What a RUN runs."""
        _, rest = instruction.flags()
        line = instruction.line
        place = Script("", [], self._shell, "image", f"stage {max(0, self._number)}", self._stage)
        words = _strings(instruction, rest) if line.startswith("[", rest) and line.rstrip().endswith("]") else []
        if words:
            yield Script("", [], "sh", "image", place.group, place.name, used(line, variables), words=tuple(words))
            return
        written = part(Written(line, instruction.pieces), rest, len(line))
        if "<<" in line and (body := heredocs(self._text, instruction)).start < body.end:
            written = self._with_heredocs(written, body.start, body.end)
        yield placed(written, place, variables)

    def _with_heredocs(self, line: Written, start: int, end: int) -> Written:
        """The line and the bodies behind it, or the one body that is the script."""
        alone = re.fullmatch(_BODY_ALONE, line.text)
        if alone:
            last = self._text.rfind("\n", start, end - 1) + 1 or start
            if last >= start and self._text[last:end].strip() == alone[2]:
                end = last
            return raw(self._text, start, end)
        size, bodies = len(line.text) + 1, raw(self._text, start, end)
        pieces = [*line.pieces, (size - 1, start - 1), *((begins + size, place) for begins, place in bodies.pieces)]
        return Written(f"{line.text}\n{bodies.text}", pieces)


def _strings(instruction: Instruction, at: int) -> list[tuple[str, int, int]]:
    """The strings of an exec form, each with its place; none where it is no list of strings, so that a shell reads it."""
    import json as reader  # few instructions are in the exec form

    try:
        value = reader.loads(instruction.line[at:])
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return []
    found = []
    for string in re.compile(_STRING, re.DOTALL).finditer(instruction.line, at):
        span = instruction.span(string.start(1), string.end(1))
        found.append((json(instruction.line, *string.span(1)).text, span.start, span.end))
    return found

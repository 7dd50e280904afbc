"""What has to be written so that a finding is meant: a comment where the file's syntax has any, else an entry of the configuration.

Whatever is offered was proved: with it the finding is gone, and nothing else is different for pinlint and for the second reader of
the format. Knows where exceptions stand; must not know who offers them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.config import load
from pinlint.discover import CONFIGURATIONS
from pinlint.errors import PinlintError
from pinlint.fix.plans import Read
from pinlint.fix.proof import edited, read, structure, unproved
from pinlint.model import Diagnostic
from pinlint.rulebook import page
from pinlint.server.workspace import Judged
from pinlint.suppress import Exceptions, syntax_of
from pinlint.text import Unread

__all__ = ["Written", "exception"]

_SIGNS = {"jsonc": "// {}", "go_mod": "// {}", "groovy": "// {}", "swift": "// {}", "xml": "<!-- {} -->"}
#: Syntaxes in which a line that goes on takes no comment of its own.
_ABOVE = ("dockerfile", "requirements", "xml")
#: Second readers for whom a comment is an entry like any other.
_COUNTING = ("dockerfile",)


class Written(NamedTuple):
    """`text` at an offset of the file at `path` below the root; `created` is whether there is no such file yet."""

    title: str
    path: str
    offset: int
    text: str
    created: bool = False


def exception(judged: Judged, found: Diagnostic) -> Written | None:
    """The exception for a finding, None where none was found that does it and nothing else."""
    syntax = syntax_of(judged.document.path, judged.format)
    return _comment(judged, found, syntax) if syntax else _entry(judged, found)


def _comment(judged: Judged, found: Diagnostic, syntax: str) -> Written | None:
    policy = judged.root.policy()[0]
    if policy is None:
        return None
    tree = judged.root.tree
    file = read(judged.document, Read(judged.document, judged.format, judged.reading), tree, policy)
    note = _SIGNS.get(syntax, "# {}").format(f"pinlint: ignore[{found.rule}]")
    for offset, text in _places(judged, found, note, syntax):
        new = f"{file.document.text[:offset]}{text}{file.document.text[offset:]}"
        try:
            after = edited(file, new)
        except (ValueError, Unread):
            continue
        overlaid = tree.overlaid({after.path: after.data})
        changed = "" if file.format.second_reader in _COUNTING else structure(file, after, ())
        if not changed and not unproved(file, read(after, file, overlaid, policy), {}, [found]):
            return Written(f"Ignore {found.rule} ({page(found.rule).name}) here", file.path, offset, text)
    return None


def _places(judged: Judged, found: Diagnostic, note: str, syntax: str) -> Iterator[tuple[int, str]]:
    """(offset, text) of each place where a comment may cover a finding: above its line or its statement, behind it."""
    document = judged.document
    begun = sorted(Exceptions(document, judged.format, "").beginnings().get(found.line, ()), reverse=True)
    end = "\r\n" if "\r\n" in document.text else "\n"
    for line in dict.fromkeys((*begun, found.line) if syntax in _ABOVE else (found.line, *begun)):
        start, text = document.line_starts[line - 1], document.line(line)
        yield start, f"{text[: len(text) - len(text.lstrip())]}{note}{end}"
    if syntax != "dockerfile":
        yield document.line_starts[found.line - 1] + len(document.line(found.line)), f"  {note}"


def _entry(judged: Judged, found: Diagnostic) -> Written | None:
    """An entry at the end of the root's configuration."""
    tree = judged.root.tree
    name = next((one for one in CONFIGURATIONS if tree.exists(one)), "")
    policy = judged.root.policy()[0]
    if not name and policy is not None and policy.source.endswith("pyproject.toml"):
        name = "pyproject.toml"
    try:
        old = tree.read(name).text if name else ""
        before = load(judged.root.path, "", tree)
    except (PinlintError, Unread):
        return None
    table = "tool.pinlint.ignores" if name == "pyproject.toml" else "ignores"
    said = {"rule": found.rule, "path": found.path, "artifact": f"{found.kind}:{found.name}" if found.kind else ""}
    lines = [f"[[{table}]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items() if value)]
    end = "\r\n" if "\r\n" in old else "\n"
    text = f"{end * (2 if old.endswith(end) or not old else 3) if old else ''}{end.join(lines)}{end}"[len(end) if old else 0 :]
    path = name or CONFIGURATIONS[0]
    try:
        after = load(judged.root.path, "", tree.overlaid({path: f"{old}{text}".encode("utf-8", "surrogateescape")}))
    except PinlintError:
        return None
    same = after._replace(ignores=(), source="") == before._replace(ignores=(), source="") and len(after.ignores) > len(
        before.ignores
    )
    return Written(f"Ignore {found.rule} ({page(found.rule).name}) in {path}", path, len(old), text, not name) if same else None

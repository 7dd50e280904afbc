"""Requirements files that a tool writes: what is added to them by hand is gone when it runs again.

Knows what compilers say of themselves; must not know what is to be added.
"""

from __future__ import annotations

import re

from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["rewritten"]

_HEAD = 4000
_COMMENTS = re.compile(r"^[ \t]*#.*", re.MULTILINE)
_COMPILER = re.compile(r"\b(pip-compile-multi|pip-compile|uv pip compile)\b")
_EXPORT = re.compile(r"\b(uv export|pdm export|poetry export|pdm|pipenv requirements)\b", re.IGNORECASE)
_GENERATED = re.compile(
    r"(?:auto(?:matically)?[- ]?generated|@generated|generated (?:by|from|with|using)|do not (?:edit|modify|change)|don't edit)",
    re.IGNORECASE,
)
_VIA = re.compile(r"^[ \t]+# via\b", re.MULTILINE)


def rewritten(document: Document, tree: Tree) -> str:
    """Why hashes in a requirements file would not last: what writes it, and what to tell it ("" = nothing says that a tool does, or
    it writes the hashes too)."""
    head = "\n".join(line for line in _COMMENTS.findall(document.text[:_HEAD]))
    if "--generate-hashes" in head:
        return ""
    path = document.path
    if found := _COMPILER.search(head):
        tool = found[1]
        return f"{tool} wrote {path} and would drop them: add --generate-hashes to its command ({_command(head, tool)}) and run it"
    if found := _EXPORT.search(head):
        option = re.search(r"--(?:no|without)-hashes", head)
        advice = f"leave {option[0]} out of its command" if option else "let it write them"
        return f"{found[1]} wrote {path} and would drop them: {advice}"
    if found := _GENERATED.search(head):
        line = " ".join(next(line for line in head.split("\n") if found[0] in line).strip("# ").split())
        return f"{path} says of itself that it is not written by hand ({line[:80]}): let what writes it add them"
    if _VIA.search(document.text) and tree.exists(f"{path.rpartition('.')[0]}.in"):
        source = f"{path.rpartition('/')[2].rpartition('.')[0]}.in"
        return f"{path} is compiled from {source}: add --generate-hashes to the command and run it"
    return ""


def _command(head: str, tool: str) -> str:
    """The command line that the comments of a file tell, else the tool's name."""
    lines = [" ".join(line.strip("#\t ").split()) for line in head.split("\n")]
    told = next((line for line in lines if re.match(r"(?:\S+=\S+ )*(?:\S*/)?(?:pip-compile|uv pip|python\S* -m pip)", line)), "")
    return told[:200] or tool

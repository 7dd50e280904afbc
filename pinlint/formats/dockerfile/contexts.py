"""Named build contexts: names that a build gives to folders and targets: `COPY --from=NAME`, `FROM NAME` ask for no image then.

A Dockerfile does not say which names it expects. The scripts and configuration files of its repository do: `--build-context
NAME=…`, compose's `additional_contexts`, bake's `contexts`, an action's `build-contexts`. They are asked only when a bare name is
neither a stage nor a tagged image, which is rare. Source: docker buildx build reference, "Additional build contexts".
"""

from __future__ import annotations

import re

from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["declared_in"]

_KEYWORD = re.compile(r"build-contexts?|additional_contexts|\bcontexts\b")
_SUFFIXES = (".sh", ".bash", ".yml", ".yaml", ".hcl", ".mk", ".just", ".py", ".ps1", "bake.json", "compose.json", "package.json")
_NAMES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Jenkinsfile", "Taskfile")
_NAME = re.compile(r"(?<![\w./-])([\w-]+)[\"']?\s*[=:]")
_LARGEST = 512 * 1024


def declared_in(name: str, tree: Tree) -> str:
    """The path of a file of the repository that declares the build context `name`, or ""."""
    return tree.memo("build contexts", "", lambda: _declarations(tree)).get(name.lower(), "")


def _declarations(tree: Tree) -> dict[str, str]:
    """The file that declares it, for every name that follows a keyword for contexts somewhere in the repository."""
    found: dict[str, str] = {}
    for path in sorted(tree.listed()):
        if path.endswith(_SUFFIXES) or path.rpartition("/")[2] in _NAMES:
            try:
                data = tree.bytes(path)
            except Unread:
                continue
            if b"context" in data and len(data) < _LARGEST:
                text = data.decode("utf-8", "replace")
                for keyword in _KEYWORD.finditer(text):
                    for name in _NAME.finditer(_declaration(text, keyword)):
                        found.setdefault(name[1].lower(), path)
    return found


def _declaration(text: str, match: re.Match[str]) -> str:
    """What follows the keyword: the rest of its line, and the lines below that are indented deeper or stand in its braces."""
    start = text.rfind("\n", 0, match.start()) + 1
    indent = re.compile(r"[ \t-]*").match(text, start)
    depth = indent.end() - start if indent else 0
    lines = text[match.end() : match.end() + 4000].split("\n")
    kept = [lines[0]]
    for line in lines[1:40]:
        if line.strip() and len(line) - len(line.lstrip(" \t-")) <= depth:
            break
        kept.append(line)
    return "\n".join(kept)

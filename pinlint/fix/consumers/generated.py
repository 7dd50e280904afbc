"""Files that say in their first lines that something else writes them: a pin belongs into what they are made from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.fix.consumers.site import REMARK, UNSAFE, Objection, Site
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["file", "golden", "rendered"]

_LINES, _COLUMNS = 25, 300
_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|<!--|;|\{\{-?\s*/\*)\s*(?P<said>.*)")
_SAYS = re.compile(
    r"\bdo(?:n[o']t| not)\s+(?:manually\s+|directly\s+)?(?:edit|modify|change|touch|update)\b"
    r"(?!\s+(?:the|this|these)\s+(?:line|value|version))"
    r"|\b(?:should|must) not be (?:manually )?(?:edited|modified|changed)\b"
    r"|\bauto[- ]?generated\b|\bautomatically generated\b"
    r"|\b(?:code|file|manifest|yaml|dockerfile|workflow|config(?:uration)?) (?:is |was )?generated\b"
    r"|^generated (?:by|from|with|using|via)\b|\b(?:is|was|are|been) generated (?:by|from|with|using|via)\b",
    re.IGNORECASE,
)
_RENDERED = re.compile(r"^# Source: [\w.-]+/((?:charts/[\w.-]+/)*templates/\S+)", re.MULTILINE)
_BEGINNING = 10_000  # characters
_GOLDEN = re.compile(r"test[-_]?(?:data|files?|fixtures)(?:-\w+)?|__snapshots__|goldens?|__fixtures__")
_PATH = re.compile(r"[\w.@-]*(?:/[\w.@-]+)+|[\w-][\w.-]*\.\w+")
#: What a template of a file may be called.
_ENDINGS = (".template", ".tmpl", ".tpl", ".in", ".j2", ".jinja", ".jinja2", ".erb", ".gotmpl", ".jsonnet", ".cue", ".src")


def file(site: Site) -> Objection | None:
    """An objection where the file says that it is generated, or not to be edited."""
    document, tree = site.document, site.tree
    if document.path.endswith(_ENDINGS):  # there it is said of what is made from it
        return None
    line = tree.memo("says it is generated", document.path, lambda: _says(document))
    if not line:
        return None
    source = tree.memo("generated from", document.path, lambda: _source(document, tree))
    where = f"; write it into {source}" if source else "; write it into what that is made from"
    return Objection(f"{document.path}:{line} says that something else writes this file{where}")


def rendered(site: Site) -> Objection | None:
    """An objection where Helm wrote the file from a template of this repository; a word where it did from another's."""
    found = _RENDERED.search(site.document.text, 0, _BEGINNING)
    if found is None:
        return None
    named = found[1]
    source = next((path for path in site.tree.named(named.rpartition("/")[2]) if path == named or path.endswith(f"/{named}")), "")
    if source:
        return Objection(f"Helm wrote this file, as its `# Source:` comments say: pin it in the chart of {source}")
    return Objection("Helm wrote this file: to render it again takes the digest away", REMARK)


def golden(site: Site) -> Objection | None:
    """An objection to changes of what tests are fed with and may compare."""
    folder = next((part for part in site.path.split("/")[:-1] if _GOLDEN.fullmatch(part)), "")
    return Objection(f"tests read what lies in {folder}, and may compare it with what they expect", UNSAFE) if folder else None


def _head(document: Document) -> list[tuple[int, str]]:
    """(number, what it says) of the comments before anything else."""
    found, at = [], 0
    for number in range(1, _LINES + 1):
        end = document.text.find("\n", at)
        line = document.text[at : end if end >= 0 else len(document.text)][:_COLUMNS]
        if comment := _COMMENT.match(line):
            found.append((number, comment["said"].strip()))
        elif line.strip() and not line.startswith(("---", "%", "<?xml")):
            break
        if end < 0:
            break
        at = end + 1
    return found


def _says(document: Document) -> int:
    return next((number for number, said in _head(document) if _SAYS.search(said)), 0)


def _source(document: Document, tree: Tree) -> str:
    """The file that this one is made from: one that its own words name, or one beside it that is called so; "" = unknown."""
    for _, said in _head(document):
        for word in _PATH.findall(said):
            for path in (join(document.path, word), join("", word)):
                if path != document.path and tree.exists(path):
                    return path
    folder, _, name = document.path.rpartition("/")
    stem = name.removesuffix(".lock.yml")
    beside = [f"{document.path}{ending}" for ending in _ENDINGS]
    beside += [join(document.path, other) for other in (f"{stem}.md", f"{name.partition('.')[0]}.template") if other != name]
    return next((path for path in beside if path != document.path and tree.exists(path)), "") if folder or name else ""

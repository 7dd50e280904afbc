"""Exceptions of the configuration that have had their time: entries that ended, and entries that cover nothing any more.

Knows what the entries of a policy cover, and where they stand in its file; must not know how a finding came about or is shown.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pinlint.checks import ONLINE
from pinlint.config import OFF, Policy, compared
from pinlint.engine import Checked, placed
from pinlint.formats import BY_CONTENT
from pinlint.glob import Paths
from pinlint.model import Diagnostic, Finding, Span
from pinlint.patterns import Artifacts
from pinlint.rulebook import codes
from pinlint.suppress import expired
from pinlint.text import Document, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinlint.tree import Tree

__all__ = ["aged"]


def aged(policy: Policy, tree: Tree, checked: Sequence[Checked], today: str, wanted: str = "") -> list[Diagnostic]:
    """A finding for each entry of `ignores` and `overrides` that covers nothing, at its place in the configuration of a root of
    which every file was checked. None where the configuration lies elsewhere: it may be about other repositories, too."""
    path = os.path.relpath(policy.source, tree.root).replace(os.sep, "/") if policy.source else ""
    if not path or "/" in path or not policy.enabled("PIN900"):
        return []
    said = [*_ignores(policy, checked, today), *_overrides(policy, checked)]
    if not said:
        return []
    try:
        document = Document(path, tree.bytes(path))
    except Unread:
        return []
    findings = [Finding("PIN900", _place(document.text, table, number), why) for table, number, why in said]
    return placed(findings, document, BY_CONTENT, policy, wanted)


def _ignores(policy: Policy, checked: Sequence[Checked], today: str) -> Iterator[tuple[str, int, str]]:
    """("ignores", number of an entry, what is wrong with it); an entry that stands for several patterns is one."""
    ignores = policy.ignores
    reached, used = _covering(policy, checked)
    fitting = {ignores[index].number for index in used}
    there = {ignores[index].number for index in reached}
    for entry in {one.number: one for one in ignores}.values():
        if expired(entry.until, today):
            yield (
                "ignores",
                entry.number,
                f"this exception ended on {entry.until}; fix what it covers, or give it a new date and reason",
            )
        elif entry.number not in there:
            yield "ignores", entry.number, f"no file that was checked fits path {entry.path!r}; mend the path or remove the entry"
        elif entry.number not in fitting and _was_judged(policy, entry.rule):
            about = f" of {entry.artifact}" if entry.artifact else ""
            where = f" in {entry.path}" if entry.path else ""
            yield "ignores", entry.number, f"nothing{about} breaks {entry.rule or 'any rule'}{where}; remove the entry"


def _covering(policy: Policy, checked: Sequence[Checked]) -> tuple[set[int], set[int]]:
    """(the entries whose paths cover some file, those that cover some finding, too)."""
    ignores = policy.ignores
    paths, artifacts = Paths(one.path or "*" for one in ignores), Artifacts(one.artifact or "*" for one in ignores)
    about: dict[str, set[int]] = {}
    reached: set[int] = set()
    used: set[int] = set()
    for file in checked:
        here = set(paths.covering(file.path))
        reached |= here
        for rule, kind, name in {(one.rule, one.kind, one.name) for one in file.diagnostics} if here - used else ():
            subject = compared(f"{kind}:{name}") if kind else ""
            if subject not in about:
                about[subject] = set(artifacts.covering(subject))
            used.update(index for index in (here & about[subject]) - used if rule.startswith(ignores[index].rule))
    return reached, used


def _was_judged(policy: Policy, rule: str) -> bool:
    """Whether every rule that a code or prefix stands for was on: what was not looked for may be there. What only a network shows
    nobody looks for here, and what cannot be judged breaks a rule only for who asks, as what
    is off by default."""
    quiet = ("PIN006", *OFF)
    meant = [code for code in codes() if code.startswith(rule) and not code.startswith(ONLINE)]
    return bool(meant) and all(policy.enabled(code) for code in meant if code not in quiet or code == rule)


def _overrides(policy: Policy, checked: Sequence[Checked]) -> Iterator[tuple[str, int, str]]:
    """("overrides", number of an entry, which of its paths no file fits)."""
    for number, override in enumerate(policy.overrides):
        left = dict.fromkeys(range(len(override.paths)))
        paths = Paths(override.paths)
        for file in checked:
            for index in paths.covering(file.path) if left else ():
                left.pop(index, None)
        if left:
            some = ", ".join(repr(override.paths[index]) for index in left)
            end = "mend the path or remove the entry" if len(left) == len(override.paths) else "mend the path or remove it"
            yield "overrides", number, f"no file that was checked fits {some}; {end}"


def _place(text: str, table: str, number: int) -> Span:
    """Where an entry of an array of tables begins: its header, else where the array is begun."""
    headers = list(re.finditer(rf"^[ \t]*(\[\[[^\]\n]*\b{table}[ \t]*\]\])", text, re.MULTILINE))
    if number < len(headers):
        return Span(*headers[number].span(1))
    begun = re.search(rf"^[ \t]*({table})[ \t]*=", text, re.MULTILINE)
    return Span(*begun.span(1)) if begun else Span(0, 0)

"""What to type for findings that are not to be mended now: a baseline, or the one line of the configuration that accepts most.

Knows how configurations are written and asks the judgement what it would say; must not know reports.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

from pinlint.checks import judge
from pinlint.config import Policy
from pinlint.ecosystems import LEVELS
from pinlint.model import Artifact, Diagnostic, Reference, Span
from pinlint.report.escapes import visible
from pinlint.text import Unread
from pinlint.tree import Tree, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["next_steps"]

#: With fewer findings nobody looks for a way to set them aside.
_FEW = 5
#: Rules that a looser policy silences: what names no version breaks every policy.
_BY_POLICY = ("PIN002", "PIN003", "PIN004")


def next_steps(policy: Policy, root: str, findings: Sequence[Diagnostic], arguments: str = "", *, read: bool = True) -> list[str]:
    """Lines that say what to type instead of mending the findings of a root: none for few. `arguments` are those of this run that a
    baseline needs, too; without `read` no configuration is, so that none is offered."""
    if len(findings) <= _FEW:
        return []
    lines = [f"Not now? `pinlint baseline{arguments}` sets these {len(findings):,} findings aside, and only these."]
    if read and (best := _loosest_needed(policy, findings)):
        kind, level, count = best
        lines += _lines(policy, root, kind, level, f"Or accept {count:,} of them")
        lines += _owner(kind, level, findings)
    return lines


def _loosest_needed(policy: Policy, findings: Sequence[Diagnostic]) -> tuple[str, str, int] | None:
    """(kind, level, how many findings it accepts) of the one line that accepts most; the firmest such level."""
    candidates = [one for one in findings if one.rule in _BY_POLICY and one.kind]
    best = None
    for kind in dict.fromkeys(one.kind for one in candidates):
        for level in reversed(LEVELS[1 : LEVELS.index(policy.require.get(kind, LEVELS[0]))]):
            looser = policy._replace(require={**policy.require, kind: level})
            count = sum(one.kind == kind and _accepted(looser.at(one.path), one) for one in candidates)
            if count and (best is None or count > best[2]):
                best = kind, level, count
    return best


def _accepted(policy: Policy, one: Diagnostic) -> bool:
    """Whether a policy has nothing to say of what a finding is about."""
    reference = Reference(Artifact(one.kind, one.name), one.version, (), one.verdict, Span(0, 0), one.role)
    return judge(reference, policy) is None


def _owner(kind: str, level: str, findings: Sequence[Diagnostic]) -> list[str]:
    """A comment with the narrower line, for the owner whose actions are meant most often. It is short: nothing may wrap it."""
    owners = Counter(one.name.partition("/")[0] for one in findings if one.kind == kind == "action" and one.rule in _BY_POLICY)
    named = [owner for owner, _ in owners.most_common(1) if re.fullmatch(r"[\w.-]{1,39}", owner)]
    return [f'    # or only: "action:{owner}/*" = "{level}"' for owner in named]


def _lines(policy: Policy, root: str, kind: str, level: str, purpose: str) -> Iterator[str]:
    """Where to write a line of [require], and what."""
    name, line = visible(os.path.relpath(policy.source or os.path.join(root, "pinlint.toml"))), f'    {kind} = "{level}"'
    project = os.path.basename(policy.source) == "pyproject.toml"
    table = "tool.pinlint.require" if project else "require"
    text = _text(policy, root)
    if (entries := _table(text, table)) is not None:
        said = re.search(rf"^[ \t]*{kind}[ \t]*=", entries, re.MULTILINE)
        yield f"{purpose} in {name}, {f'where [{table}] says {kind}' if said else f'below [{table}]'}:"
    elif re.search(r"^[ \t]*require[ \t]*[.=]", _table(text, "tool.pinlint" if project else "") or "", re.MULTILINE):
        yield f"{purpose} in {name}, where it says require:"
    else:
        yield f"{purpose} {'at the end of' if policy.source else 'in a new file'} {name}:"
        yield f"    [{table}]"
    yield line


def _table(text: str, name: str) -> str | None:
    """What stands below the header of a table ("" = before the first), None where there is no such header."""
    parts = re.split(r"^[ \t]*\[[ \t]*([^\n]*?)[ \t]*\]", text, flags=re.MULTILINE)
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True)).get(name)


def _text(policy: Policy, root: str) -> str:
    if not policy.source:
        return ""
    folder, name = os.path.split(policy.source)
    try:
        data = Tree(root, list).bytes(name) if folder == root else read_bytes(policy.source)
    except Unread:
        return ""
    return data.decode("utf-8", "replace")

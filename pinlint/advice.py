"""What to type for findings that are not to be mended now: a baseline, or the one line of the configuration that accepts most; and
for each rule the lines that decide about it.

Knows how configurations are written and asks the judgement what it would say; must not know reports.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pinlint.checks import judge
from pinlint.config import COMMAND, Policy
from pinlint.ecosystems import LEVELS
from pinlint.model import Artifact, Diagnostic, Reference, Span
from pinlint.report.escapes import visible
from pinlint.rulebook import page
from pinlint.text import Unread
from pinlint.tree import Tree, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Decision", "decisions", "next_steps"]

#: With fewer findings nobody looks for a way to set them aside.
_FEW = 5
#: Rules that a looser policy silences: what names no version breaks every policy.
_BY_POLICY = ("PIN002", "PIN003", "PIN004")
#: Those that a command breaks, whose kinds have keys of their own, and how commands are that break them.
_COMMANDED = {"PIN010": "build", "PIN011": "hand"}
#: What begins a comment with a narrower line.
_OWN = "    # or only: "
#: From the worst on.
_GRADES = ("error", "warning", "note")


class Decision(NamedTuple):
    """Lines of the configuration that decide about the findings of a rule: `effect` is what they do, `place` where they go, `text`
    what is to be copied."""

    effect: str
    place: str
    text: str


def next_steps(policy: Policy, tree: Tree, findings: Sequence[Diagnostic], arguments: str = "", *, read: bool = True) -> list[str]:
    """Lines that say what to type instead of mending the findings of a tree: none for few. `arguments` are those of this run that a
    baseline needs, too; without `read` no configuration is, so that none is offered."""
    if len(findings) <= _FEW:
        return []
    lines = [f"Not now? `pinlint baseline{arguments}` sets these {len(findings):,} findings aside, and only these."]
    if read and (best := _loosest_needed(policy, findings)):
        kind, level, count = best
        lines += _lines(_written(policy, tree), kind, level, f"Or accept {count:,} of them")
        lines += _owner(kind, level, findings)
    return lines


def _loosest_needed(policy: Policy, findings: Sequence[Diagnostic]) -> tuple[str, str, int] | None:
    """(kind, level, how many findings it accepts) of the one line that accepts most; the firmest such level."""
    candidates = [one for one in findings if one.rule in _BY_POLICY and one.kind]
    best = None
    for key in dict.fromkeys(one.kind for one in candidates):
        found = _level(policy, key, candidates)
        if found is not None and (best is None or found[1] > best[2]):
            best = key, *found
    return best


def _level(policy: Policy, key: str, findings: Sequence[Diagnostic]) -> tuple[str, int] | None:
    """(level, how many findings it accepts) of the line for a key of [require] that accepts most; the firmest such level."""
    best = None
    for level in reversed(LEVELS[1 : LEVELS.index(policy.require.get(key, LEVELS[0]))]):
        looser = policy._replace(require={**policy.require, key: level})
        count = sum(_key(one) == key and _accepted(looser.at(one.path), one) for one in findings)
        if count and (best is None or count > best[1]):
            best = level, count
    return best


def _key(one: Diagnostic) -> str:
    """The key of [require] that a finding was judged by, where no pattern was nearer."""
    return f"{COMMAND}{one.kind}" if one.rule in _COMMANDED else one.kind


def _accepted(policy: Policy, one: Diagnostic) -> bool:
    """Whether a policy has nothing to say of what a finding is about."""
    command = _COMMANDED.get(one.rule, "")
    reference = Reference(Artifact(one.kind, one.name), one.version, (), one.verdict, Span(0, 0), one.role, command=command)
    return judge(reference, policy) is None


def _owner(kind: str, level: str, findings: Sequence[Diagnostic]) -> list[str]:
    """A comment with the narrower line, for the owner whose actions are meant most often. It is short: nothing may wrap it."""
    owners = Counter(one.name.partition("/")[0] for one in findings if one.kind == kind == "action" and one.rule in _BY_POLICY)
    named = [owner for owner, _ in owners.most_common(1) if re.fullmatch(r"[\w.-]{1,39}", owner)]
    return [f'{_OWN}"action:{owner}/*" = "{level}"' for owner in named]


def _lines(written: _Written, kind: str, level: str, purpose: str) -> Iterator[str]:
    """Where to write a line of [require], and what."""
    place, header = written.place("require", (kind,))
    yield f"{purpose} {place}:"
    if header:
        yield f"    {header}"
    yield f'    {"require." * written.dotted("require")}{kind} = "{level}"'


def decisions(policy: Policy, tree: Tree, findings: Sequence[Diagnostic], fail_on: str) -> dict[str, Decision]:
    """By rule what decides about its findings without mending any: looser levels where some accept them, else another severity.
    `fail_on` is what fails the run. No level is offered that accepts everything."""
    by_rule: dict[str, list[Diagnostic]] = {}
    for one in findings:
        by_rule.setdefault(one.rule, []).append(one)
    levels = _levels(policy, [one for one in findings if one.kind and one.rule in (*_BY_POLICY, *_COMMANDED)])
    written = _written(policy, tree)
    made = (
        (rule, _looser(written, rule, some, levels) or _graded(written, policy, rule, some, fail_on))
        for rule, some in by_rule.items()
    )
    return {rule: found for rule, found in made if found is not None}


def _levels(policy: Policy, findings: Sequence[Diagnostic]) -> dict[str, tuple[str, Counter[str]]]:
    """By key of [require] the level that accepts most, and of which rule how many findings."""
    found = {}
    for key in sorted({_key(one) for one in findings}):
        some = [one for one in findings if _key(one) == key]
        if (best := _level(policy, key, some)) is not None:
            looser = policy._replace(require={**policy.require, key: best[0]})
            found[key] = best[0], Counter(one.rule for one in some if _accepted(looser.at(one.path), one))
    return found


def _looser(
    written: _Written, rule: str, some: Sequence[Diagnostic], levels: dict[str, tuple[str, Counter[str]]]
) -> Decision | None:
    """The lines of [require], one a kind, that accept most findings of a rule."""
    fitting = {key: found for key, found in levels.items() if found[1][rule]}
    if not fitting:
        return None
    lines = []
    for key, (level, counts) in fitting.items():
        also = "".join(f", and {count:,} of {other}" for other, count in sorted(counts.items()) if other != rule)
        quoted = f'"{key}"' if ":" in key else key
        lines += [f'{quoted} = "{level}"  # accepts {counts[rule]:,}{also}', *_owner(key, level, some)]
    accepted = sum(counts[rule] for _, counts in fitting.values())
    return Decision(f"accept {accepted:,} of {len(some):,}", *written.placed("require", tuple(fitting), lines))


def _graded(written: _Written, policy: Policy, rule: str, some: Sequence[Diagnostic], fail_on: str) -> Decision | None:
    """The line of [severity] that has findings of a rule fail no run, or, where none does, fail it."""
    if fail_on not in _GRADES:
        return None
    failing = [one for one in some if _GRADES.index(one.severity or page(rule).severity) <= _GRADES.index(fail_on)]
    level = "note" if failing else fail_on
    changed = policy._replace(severity={**policy.severity, rule: level})
    count = sum(changed.at(one.path).severity_of(rule) == level for one in failing or some)
    if not count:
        return None
    effect = f"show {count:,} without failing a run" if failing else f"have {count:,} fail a run"
    return Decision(effect, *written.placed("severity", (rule, page(rule).name), [f'{rule} = "{level}"']))


class _Written(NamedTuple):
    """A configuration as it is written: the path that people know it by, whether it is there, what its tables stand below (the
    name of a table, or "") and the text."""

    path: str
    there: bool
    above: str
    text: str

    def placed(self, table: str, keys: Sequence[str], lines: Sequence[str]) -> tuple[str, str]:
        """(where lines of a table go, the text). Where the table is not there yet they name it themselves: two headers of one
        table, copied from what is said of two rules, would be one too many."""
        place, header = self.place(table, keys)
        alone = bool(header and self.above) and self.table(self.above) is None
        named = f"{table}." if (header and not alone) or self.dotted(table) else ""
        made = [f"# or only: {named}{one[len(_OWN) :]}" if one.startswith(_OWN) else f"{named}{one}" for one in lines]
        if alone:
            made.insert(0, header)
        elif header and self.there:
            place = f"in {self.path}, below [{self.above}]" if self.above else f"at the top of {self.path}"
        return place, "\n".join(made)

    def place(self, table: str, keys: Sequence[str]) -> tuple[str, str]:
        """(where lines of a table go, the header that they need there or ""). `keys` are those that may be there already."""
        header = f"{self.above}.{table}".lstrip(".")
        if (entries := self.table(header)) is not None:
            said = [key for key in keys if re.search(rf'^[ \t]*["\']?{re.escape(key)}["\']?[ \t]*=', entries, re.MULTILINE)]
            return f"in {self.path}, " + (f"where [{header}] says {', '.join(said)}" if said else f"below [{header}]"), ""
        if self.dotted(table) or re.search(rf"^[ \t]*{table}[ \t]*=", self.table(self.above) or "", re.MULTILINE):
            return f"in {self.path}, where it says {table}", ""
        return f"{'at the end of' if self.there else 'in a new file'} {self.path}", f"[{header}]"

    def dotted(self, table: str) -> bool:
        """Whether each key names its table, as `require.image`."""
        return bool(re.search(rf"^[ \t]*{table}[ \t]*\.", self.table(self.above) or "", re.MULTILINE))

    def table(self, name: str) -> str | None:
        """What stands below the header of a table ("" = before the first), None where there is no such header."""
        parts = re.split(r"^[ \t]*\[[ \t]*([^\n]*?)[ \t]*\]", self.text, flags=re.MULTILINE)
        return dict(zip(["", *parts[1::2]], parts[::2], strict=True)).get(name)


def _written(policy: Policy, tree: Tree) -> _Written:
    """The configuration of a tree, or the one that it would have."""
    path, text = policy.source or os.path.join(tree.root, "pinlint.toml"), ""
    folder, name = os.path.split(path)
    try:
        if policy.source:
            text = (tree.bytes(name) if folder == tree.root else read_bytes(path)).decode("utf-8", "replace")
    except Unread:
        pass
    above = "tool.pinlint" if name == "pyproject.toml" else ""
    return _Written(visible(os.path.relpath(path)), bool(policy.source), above, text)

"""Lifecycle policies of Amazon ECR: what ECR refuses, what it takes and does not do, and which releases a policy deletes.

Knows the grammar of a policy, wherever it is written; must not know files. Its tables, and where they were read, are in
`vendors.amazon_ecr`.

All rules are looked at by ascending `rulePriority`. An image that a rule selects no later rule can expire, so an early rule that
keeps what it selects shields it; a list of tags selects images that have a tag for *every* entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact, Span
from pinlint.semantics.literals import MISSING, UNKNOWN, listed, repeated, said
from pinlint.semantics.release_tags import is_possible, is_trial, meets, reaches
from pinlint.semantics.vendors.amazon_ecr import ACTIONS, COUNTS, STATUSES, STORAGE, WILDCARDS
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["FOR_EVER", "NAMES", "Names", "Rule", "facts", "is_count", "is_policy", "is_rule", "of_rule", "place", "rules"]

FOR_EVER = 3_650  # days: who writes more means "never"


class Names(NamedTuple):
    """How a notation calls the parts of a rule. `typed` is whether its values reach ECR as they are written."""

    rules: str = "rules"
    priority: str = "rulePriority"
    status: str = "tagStatus"
    patterns: str = "tagPatternList"
    prefixes: str = "tagPrefixList"
    counts: str = "countType"
    unit: str = "countUnit"
    number: str = "countNumber"
    storage: str = "storageClass"
    target: str = "targetStorageClass"
    typed: bool = True


NAMES = Names()


class Rule(NamedTuple):
    """A rule of a policy: where it stands, and what it says of everything. `entries` is what the list of tags holds, None where
    there is none or only a run knows; `list_key` is how the list is called, "" where there is none."""

    node: Node
    selection: Node
    priority: object
    status: object
    list_key: str
    entries: list[object] | None
    counts: object
    unit: object
    number: object
    action: object

    @property
    def tags(self) -> list[str]:
        """The entries as globs."""
        texts = [entry for entry in self.entries or () if isinstance(entry, str)]
        return [f"{text}*" for text in texts] if self.list_key == NAMES.prefixes else texts

    @property
    def is_known(self) -> bool:
        """Whether everything that decides which images it selects stands there."""
        listed_ = self.status != "tagged" or (self.entries is not None and UNKNOWN not in self.entries)
        return UNKNOWN not in (self.priority, self.status, self.counts, self.number, self.action) and listed_


def is_policy(node: Node, names: Names = NAMES) -> bool:
    """Whether a mapping is a policy of ECR and not, say, one of S3, which has `rules`, too."""
    return any(one.get(names.priority) is not None for listed_ in node.every(names.rules) for one in listed_.elements)


def rules(policy: Node, names: Names = NAMES) -> tuple[list[Rule], bool]:
    """(the rules that stand there, whether that is all of them)."""
    nodes = policy.every(names.rules)
    whole = all(node.kind == "sequence" and not node.tag for node in nodes) and all(
        one.kind == "mapping" and not one.tag for node in nodes for one in node.elements
    )
    return [_rule(one, names) for node in nodes for one in node.elements if one.kind == "mapping"], whole


def _rule(node: Node, names: Names) -> Rule:
    selection, action = node.get("selection"), node.get("action")
    chosen = selection if selection is not None else node
    key = next((key for key in (names.patterns, names.prefixes) if said(chosen.get(key)) is not MISSING), "")
    if selection is None or selection.kind != "mapping":
        return Rule(node, node, said(node.get(names.priority)), UNKNOWN, "", None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    kind = UNKNOWN if action is None or action.kind != "mapping" else said(action.get("type"))
    if action is None and not names.typed:
        kind = "expire"  # the provider writes it
    canonical = {names.patterns: NAMES.patterns, names.prefixes: NAMES.prefixes, "": ""}[key]
    number, priority = said(selection.get(names.number)), said(node.get(names.priority))
    if not names.typed:
        number, priority = _converted(number), _converted(priority)
    return Rule(
        node, selection, priority, said(selection.get(names.status)), canonical, listed(selection.get(key)) if key else None,
        said(selection.get(names.counts)), said(selection.get(names.unit)), number, kind,
    )  # fmt: skip


def _converted(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else value


def facts(policy: Node, released: tuple[str, ...], names: Names = NAMES) -> Iterator[Fact]:
    """What is wrong with a policy, each rule by itself, then all of them together where they all stand there."""
    found, whole = rules(policy, names)
    for rule in found:
        yield from _by_itself(rule, names)
    if whole:
        together = list(_refused_together(found, names))
        yield from together
        if not together and (fact := _of_releases(found, released, names)) is not None:
            yield fact


def is_rule(node: Node) -> bool:
    """Whether a mapping is one rule of a policy that is put together elsewhere."""
    return node.get(NAMES.priority) is not None and node.get("selection") is not None


def of_rule(node: Node) -> Iterator[Fact]:
    """What is wrong with such a rule, whatever the others are."""
    yield from _by_itself(_rule(node, NAMES), NAMES)


def _by_itself(rule: Rule, names: Names) -> Iterator[Fact]:
    refused = list(_refused(rule, names))
    yield from refused or _contrary(rule, names)


# --- what ECR refuses --------------------------------------------------------------------------------------------------------


def _refuses(node: Node | None, rule: Rule, why: str) -> Fact:
    return Fact("refused-retention", place(node, rule), f"ECR refuses {why}")


def place(node: Node | None, rule: Rule) -> Span:
    """Where something stands, else the first key of its rule."""
    if node is not None:
        return node.inner
    return rule.node.raw_pairs[0][0].inner if rule.node.raw_pairs else rule.node.span


def _refused(rule: Rule, names: Names) -> Iterator[Fact]:
    """What ECR refuses of a rule by itself."""
    yield from _refused_word(rule, names)
    priority = rule.node.get(names.priority)
    if rule.priority is MISSING:
        yield _refuses(None, rule, f"a rule without {names.priority}; give it one of its own")
    elif rule.priority is not UNKNOWN and not is_count(rule.priority):
        yield _refuses(priority, rule, f"{names.priority} {_shown(rule.priority)}; write an integer of 1 or more")
    if rule.selection is rule.node:
        if rule.node.get("selection") is None:
            yield _refuses(None, rule, "a rule without selection; say which images it is about")
        return
    yield from _refused_tags(rule, names)
    yield from _refused_count(rule, names)


def _refused_word(rule: Rule, names: Names) -> Iterator[Fact]:
    """What must be one of a few words."""
    action = rule.node.get("action")
    kind = action.get("type") if action is not None else None
    target = action.get(names.target) if action is not None else None
    for where, key, value, words in (
        (rule.selection.get(names.status), names.status, rule.status, STATUSES),
        (rule.selection.get(names.counts), names.counts, rule.counts, COUNTS),
        (rule.selection.get(names.unit), names.unit, rule.unit, ("days",)),
        (rule.selection.get(names.storage), names.storage, said(rule.selection.get(names.storage)), STORAGE),
        (kind, "action.type", rule.action, ACTIONS),
        (target, f"action.{names.target}", said(target), ("archive",)),
    ):
        if value is MISSING and key in (names.status, names.counts, "action.type"):
            yield _refuses(None, rule, f"a rule without {key}; write one of {', '.join(words)}")
        elif value is not UNKNOWN and value is not MISSING and value not in words:
            known = f"write one of {', '.join(words)}" if len(words) > 1 else f"write {words[0]}"
            yield _refuses(where, rule, f"{key} {_shown(value)}; {known}")
    if action is None and rule.node.raw_pairs and names.typed:
        yield _refuses(None, rule, "a rule without action; write what becomes of the images")
    if rule.action == "transition" and action is not None and said(action.get(names.target)) is MISSING:
        yield _refuses(kind, rule, f"a transition without {names.target}; write archive")


def _refused_tags(rule: Rule, names: Names) -> Iterator[Fact]:
    """What tagStatus and the lists of tags do not say together."""
    patterns, prefixes = rule.selection.get(names.patterns), rule.selection.get(names.prefixes)
    there = [node for node in (patterns, prefixes) if node is not None and not node.is_null]
    held = [node for node in there if node.kind != "sequence" or node.raw_elements]
    if len(held) == 2:
        yield _refuses(held[1], rule, f"{names.patterns} and {names.prefixes} in one rule; keep one of them")
    elif rule.status == "tagged" and not there:
        why = f"{names.status} tagged without {names.patterns} or {names.prefixes}; say which tags, * for all of them"
        yield _refuses(rule.selection.get(names.status), rule, why)
    elif rule.status in ("untagged", "any") and held and names.typed:
        yield _refuses(held[0], rule, f"a list of tags beside {names.status} {rule.status}; take it out, or write tagged")
    for node in patterns.elements if patterns is not None else ():
        text = said(node)
        if isinstance(text, str) and text.count("*") > WILDCARDS:
            yield _refuses(node, rule, f"more than {WILDCARDS} wildcards in a pattern; write a shorter one")
    if names.typed:
        yield from _refused_kinds(rule, {names.patterns: patterns, names.prefixes: prefixes})


def _refused_kinds(rule: Rule, lists: dict[str, Node | None]) -> Iterator[Fact]:
    """What is no list of texts."""
    for key, node in lists.items():
        if node is not None and isinstance(text := said(node), str | int | float):
            yield _refuses(node, rule, f"{key} {_shown(text)}; write a list of texts")
        for element in node.elements if node is not None else ():
            if isinstance(entry := said(element), int | float):
                yield _refuses(element, rule, f"{_shown(entry)} in {key}; write it in quotes")


def _refused_count(rule: Rule, names: Names) -> Iterator[Fact]:
    """What countType, countUnit and countNumber do not say together."""
    unit, number = rule.selection.get(names.unit), rule.selection.get(names.number)
    if rule.counts == "imageCountMoreThan" and rule.unit not in (MISSING, UNKNOWN):
        yield _refuses(unit, rule, f"{names.unit} beside imageCountMoreThan; take it out")
    elif isinstance(rule.counts, str) and rule.counts in COUNTS[1:] and rule.unit is MISSING:
        yield _refuses(rule.selection.get(names.counts), rule, f"{rule.counts} without {names.unit}; write days")
    if rule.number is MISSING:
        yield _refuses(None, rule, f"a rule without {names.number}; write an integer of 1 or more")
    elif rule.number is not UNKNOWN and not is_count(rule.number):
        quotes = ", without quotes" if isinstance(rule.number, str) else ""
        yield _refuses(number, rule, f"{names.number} {_shown(rule.number)}; write an integer of 1 or more{quotes}")


def is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1 and value == int(value)


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:59]}…"


def _refused_together(found: list[Rule], names: Names) -> Iterator[Fact]:
    """What ECR refuses of rules that are right by themselves."""
    known = [rule for rule in found if isinstance(rule.priority, int)]
    seen: set[object] = set()
    for rule in known:
        if rule.priority in seen:
            why = f"two rules of the same {names.priority} {rule.priority}; give each one of its own"
            yield _refuses(rule.node.get(names.priority), rule, why)
        seen.add(rule.priority)
    for status in ("any", "untagged"):
        of_status = [rule for rule in found if rule.status == status]
        storage = [said(rule.selection.get(names.storage)) for rule in of_status]
        classes = {value if value is not MISSING else "standard" for value in storage}
        if len(of_status) > 1 and UNKNOWN not in classes and (status == "any" or len(of_status) > len(classes)):
            second = of_status[1]
            yield _refuses(second.selection.get(names.status), second, f"a second rule for {status} images; make one of both")
            return
    last = max((rule.priority for rule in known if isinstance(rule.priority, int)), default=0)
    for rule in known if len(known) == len(found) else ():
        if rule.status == "any" and isinstance(rule.priority, int) and rule.priority < last:
            why = f"a rule for any image before other rules; give it the highest {names.priority}"
            yield _refuses(rule.selection.get(names.status), rule, why)


# --- what ECR takes, and does not do -----------------------------------------------------------------------------------------


def _contrary(rule: Rule, names: Names) -> Iterator[Fact]:
    if names.typed:
        for mapping in (rule.node, rule.selection):
            for twice in repeated(mapping):
                detail = f"only the last of several {twice.value[:60]} in one rule counts; write one of them, or several rules"
                yield Fact("contrary-retention", twice.inner, detail)
    key = {NAMES.patterns: names.patterns, NAMES.prefixes: names.prefixes}.get(rule.list_key, "")
    node = rule.selection.get(key) if key else None
    if node is None:
        return
    prefix = rule.list_key == NAMES.prefixes
    for element in node.elements:
        text = said(element)
        if isinstance(text, str) and not is_possible(text, prefix=prefix):
            star = f"; * is no wildcard there, write {names.patterns}" if prefix and "*" in text else ""
            what = "begins with" if prefix else "fits"
            detail = f"no tag {what} {_shown(text)}, so this rule selects nothing{star}"
            yield Fact("contrary-retention", element.inner, detail)
            return
    if (pair := _apart(rule.tags)) is not None:
        texts = [entry for entry in rule.entries or () if isinstance(entry, str)]
        shown = ", ".join(_shown(text) for text in texts[:6]) + (" …" if len(texts) > 6 else "")
        one, other = (_shown(texts[number]) for number in pair)
        detail = (
            f"an image must have a tag for each of {shown} to be selected, one for {one} and another for {other}; "
            "if any of them is meant, write one rule for each"
        )
        yield Fact("contrary-retention", node.inner if node.raw_elements else place(None, rule), detail)


def _apart(tags: list[str]) -> tuple[int, int] | None:
    """Two entries that no single tag meets, if there are any: each of the others says something about the same tag."""
    for number, one in enumerate(tags[:50]):
        for index in range(number + 1, min(len(tags), 50)):
            if not meets(one, tags[index]):
                return number, index
    return None


# --- releases ----------------------------------------------------------------------------------------------------------------


def _of_releases(found: list[Rule], released: tuple[str, ...], names: Names) -> Fact | None:
    """The first rule that deletes releases for their age alone. Who shields or counts any tags of releases, or counts some other
    literal tag, has thought of it."""
    if not all(rule.is_known and is_count(rule.priority) for rule in found):
        return None
    for rule in sorted(found, key=lambda rule: rule.priority if isinstance(rule.priority, int) else 0):
        if rule.status == "tagged" and len(rule.tags) == 1:
            tag = rule.tags[0]
            ages = rule.counts == "sinceImagePushed" and rule.action == "expire"
            if reaches(tag, released):
                return _deletes(rule, names) if ages and _days(rule) < FOR_EVER and tag.strip("*") else None
            if not ages and not is_trial(tag):
                return None
        elif rule.status == "any" and rule.counts == "sinceImagePushed" and rule.action == "expire" and _days(rule) < FOR_EVER:
            return _deletes(rule, names)
    return None


def _days(rule: Rule) -> float:
    return rule.number if isinstance(rule.number, int | float) else FOR_EVER


def _deletes(rule: Rule, names: Names) -> Fact:
    what = "every image" if rule.status == "any" else f"every image tagged {rule.tags[0]}"
    detail = (
        f"deletes {what} older than {_days(rule):.0f} days, also the release that runs; keep releases by a rule with a smaller "
        f"{names.priority}, or count instead"
    )
    where = next(select(rule.selection, names.number), None)
    return Fact("retention-of-releases", place(where, rule), detail)

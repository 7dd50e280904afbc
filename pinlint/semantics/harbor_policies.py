"""Retention rules of Harbor, which say what to keep: whatever else matched repositories hold goes.

Knows the rules in Terraform's blocks and in the API's JSON; must not know files. Its tables, and where they were
read, are in `vendors.harbor`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.expired_pins import Expiry
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.protected_tags import disabled
from pinlint.semantics.vendors.harbor import DEFAULT, KEEP, MOST, REPOSITORIES, TAGS, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["expiries", "is_policy", "policy", "resource"]

_PUSHED = "n_days_since_last_push"


def resource(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the rules that Terraform makes."""
    if one.type == "harbor_immutable_tag_rule":
        yield from _patterns(one.body)
        yield from disabled(one, document, tree)
        return
    listed = [(key, body) for key, body in one.body.pairs if key.value == "rule" and body.kind == "mapping"]
    for head, body in listed:
        yield from _of_block(head, body)
    if len(listed) > MOST:
        yield Fact("refused-retention", listed[MOST][0].inner, f"Harbor refuses more than {MOST} rules; make one of several")


def expiries(one: Resource) -> list[Expiry]:
    """What the rules that Terraform makes delete, whatever its tags are: what was pushed before the longest time that any of them
    keeps; nothing where one of them counts, looks at pulls or keeps everything."""
    ages = []
    for key, body in one.body.pairs:
        if key.value == "dynamic":
            return []
        if key.value == "rule":
            days = said(body.get(_PUSHED)) if body.kind == "mapping" else UNKNOWN
            if not isinstance(days, int | float) or any(said(body.get(word)) is not MISSING for word in KEEP if word != _PUSHED):
                return []
            ages.append((days, body))
    if not ages:
        return []
    days, body = max(ages, key=lambda each: each[0])
    node = body.get(_PUSHED)
    remedy = "keep what was pulled lately by n_days_since_last_pull, or count by most_recently_pushed"
    return [] if node is None else [Expiry(False, f"after {days:g} days", node.inner, remedy)]


def _of_block(head: Node, body: Node) -> Iterator[Fact]:
    """Of each group exactly one has to be there (retentionRuleParamValidation of the provider)."""
    for what, keys in (("what to keep", KEEP), ("which repositories", REPOSITORIES), ("which tags", TAGS)):
        values = {key: said(body.get(key)) for key in keys}
        there = [key for key, value in values.items() if value not in (MISSING, UNKNOWN, False, 0, "")]
        if len(there) > 1:
            node = body.get(there[1])
            detail = f"the provider refuses {there[1]} beside {there[0]} in one rule; write one rule for each"
            yield Fact("refused-retention", head.inner if node is None else node.inner, detail)
        elif not there and UNKNOWN not in values.values():
            detail = f"the provider refuses a rule that does not say {what}; write one of {', '.join(keys)}"
            yield Fact("refused-retention", head.inner, detail)
    yield from _patterns(body)


def _patterns(body: Node) -> Iterator[Fact]:
    """Patterns that name several things as Harbor does not read them."""
    for key in (*REPOSITORIES, *TAGS):
        node = body.get(key)
        text = said(node)
        if node is not None and isinstance(text, str) and "," in re.sub(r"\{[^{}]*\}", "", text):
            detail = f"Harbor takes {key} for one pattern, which nothing fits that has no comma in it; write {{a,b}} for several"
            yield Fact("contrary-retention", node.inner, detail)


def is_policy(root: Node) -> bool:
    """Whether a mapping is a policy as Harbor's API takes it."""
    rules = root.get("rules")
    return rules is not None and any(
        one.get("template") is not None and one.get("tag_selectors") is not None for one in rules.elements
    )


def policy(root: Node) -> Iterator[Fact]:
    """What is wrong with such a policy."""
    rules = root.get("rules")
    listed = rules.elements if rules is not None else []
    for one in listed:
        template = one.get("template")
        name = said(template)
        if template is None or not isinstance(name, str) or name == "immutable_template":
            continue
        if name not in TEMPLATES:
            detail = f"Harbor refuses the template {name[:60]}; write one of {', '.join(TEMPLATES)}"
            yield Fact("refused-retention", template.inner, detail)
        elif name != "always" and (wrong := _parameter(one.get("params"), name)) is not None:
            key, other = wrong
            what = f"and not {other[:60]}" if other else "which is missing"
            detail = f"Harbor reads the parameter {name} of this template, {what}, so it keeps {DEFAULT}; write {name}"
            yield Fact("contrary-retention", (key or template).inner, detail)
    if len(listed) > MOST:
        yield Fact("refused-retention", listed[MOST].span, f"Harbor refuses more than {MOST} rules; make one of several")


def _parameter(params: Node | None, name: str) -> tuple[Node | None, str] | None:
    """The key that stands where the parameter of this name should, and what it is called; None where nothing is wrong."""
    if params is None or params.is_null:
        return None, ""
    if params.kind != "mapping" or params.get(name) is not None or params.tag:
        return None
    first = next((key for key, _ in params.pairs), None)
    return first, first.value if first is not None else ""

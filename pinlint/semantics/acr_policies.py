"""Clean-ups of registries of Azure: `acr purge`, as a command of a task, and the policy that deletes what has no tag.

Knows the grammar of both; must not know files. Its tables, and where they were read, are in `vendors.azure_acr`.

A filter is REPOSITORY:TAG, two regular expressions of which the first is of the whole name and the second of any part of a tag.
`--keep` counts what it would delete, the newest first; manifests that a tag leads to are spared.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.programs.options import Options, given, options
from pinlint.programs.words import Word
from pinlint.semantics.expired_pins import Expiry, Names, lost
from pinlint.semantics.literals import MISSING, said
from pinlint.semantics.release_tags import is_trial, is_trial_name, probes
from pinlint.semantics.tag_patterns import found_in
from pinlint.semantics.vendors.azure_acr import LONGEST_DAYS, PURGE_SWITCHES, PURGE_VALUED, SHORTEST_DAYS, SKU
from pinlint.syntax.hcl_tree import Call
from pinlint.syntax.templates import HOLE
from pinlint.syntax.yaml import Unparsable, documents, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.model import Span
    from pinlint.programs.options import Given
    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["commanded", "expiries", "purges", "resource", "task"]

#: What only a run fills in: of a shell, of Terraform, of the tasks themselves.
_UNKNOWN = re.compile(rf"\$[\w({{]|\{{\{{|`|{HOLE}")
_FILLED = re.compile(r"\$\{[^{}]{0,300}\}")
_FOR_EVER = 3_650
_UNITS = r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))"
_AGO = re.compile(rf"(?P<days>\d{{1,9}})d\s*(?:{_UNITS}+)?|{_UNITS}+|0")
#: The colon between both expressions is none of a group `(?i:` or a class `[[:alpha:]]`.
_COLON = re.compile(r"(?<!\?)(?<!\[):(?!\])")


@cache
def _table() -> Options:
    return options(PURGE_VALUED, PURGE_SWITCHES)


def commanded(text: str, place: Span, tree: Tree, registry: str = "") -> Iterator[Fact]:
    """What is wrong with the command of a task; nothing where it is no purge."""
    try:
        parts = shlex.split(text)
    except ValueError:  # quotes that nobody closes
        return
    if len(parts) > 1 and parts[1] == "purge" and (parts[0] == "acr" or "/acr-cli" in parts[0]):
        words = [Word(part, place, exact=False, clear=_UNKNOWN.search(part) is None) for part in parts[2:]]
        yield from purges(words, place, tree, registry)


def task(root: Node, placed: Callable[[Node], Span], tree: Tree) -> Iterator[Fact]:
    """What is wrong with the commands of a task that is written in YAML."""
    for step in select(root, "steps", "*"):
        command = step.get("cmd")
        if command is not None and command.kind == "scalar" and "purge" in command.value:
            yield from commanded(command.value, placed(command), tree)


def purges(words: list[Word], place: Span, tree: Tree, registry: str = "") -> Iterator[Fact]:
    """What is wrong with the words behind `acr purge`; `place` is where they stand, `registry` the one that it runs in, unless
    they name another. Nothing where a value may hold options."""
    asked = given(words, _table())
    if asked.has("--help", "-h") or asked.operands or any(not word.clear and word.text[:1] in "$\0" for word in words):
        return
    refused = _refused(asked)
    if refused:
        yield Fact("refused-retention", place, f"acr refuses {refused}")
        return
    if asked.has("--dry-run"):
        return
    if (detail := _misread(asked.value("--ago"))) != "":
        yield Fact("contrary-retention", place, detail)
        return
    if asked.has("--include-locked"):
        what = "unlocks what somebody has locked to keep it, and deletes it; take --include-locked out"
        yield Fact("contrary-retention", place, what)
    if (fact := _of_releases(asked, place, tree)) is not None:
        yield fact
    own = asked.value("--registry", "-r")
    yield from _of_pins(asked, own.text if own is not None and own.clear else registry, place, tree)


def _of_pins(asked: Given, registry: str, span: Span, tree: Tree) -> Iterator[Fact]:
    """What a purge deletes of a registry of Azure, of which there is one of each name: what has no tag, or will have none."""
    if not re.fullmatch(r"[A-Za-z0-9]{5,50}(?:\.azurecr\.io)?", registry):
        return
    if not asked.has("--untagged", "--untagged-only"):
        return
    filters = asked.values("--filter", "-f")
    if any(not word.clear for word in filters):
        return
    repositories = [re.escape(word.text.partition(":")[0]) for word in filters]
    if any(re.search(r"\\[^./_-]", one) for one in repositories):  # an expression, and not a name
        return
    ago = asked.value("--ago")
    after = f"after {ago.text}" if ago is not None and ago.clear and ago.text else "at once"
    host = re.escape(registry.lower().removesuffix(".azurecr.io"))
    patterns = tuple(rf"{host}\.azurecr\.io/{one}" for one in repositories or [".+"])
    yield from lost([Expiry(True, after, span, "pin an image whose tag stays, or lock it")], Names(patterns), tree)


def _refused(asked: Given) -> str:
    """What acr does not take, and what to write; "" where nothing is wrong."""
    only = asked.has("--untagged-only")
    if only and asked.has("--untagged"):
        return "--untagged beside --untagged-only; take one of them out"
    if not only and not asked.has("--filter", "-f"):
        return "a purge without --filter; write --filter 'REPOSITORY:TAG', or --untagged-only"
    if not only and not asked.has("--ago"):
        return "a purge without --ago; write how old what it deletes has to be, --ago 30d"
    ago = asked.value("--ago")
    if ago is not None and ago.clear and _is_refused(ago.text):
        return f'--ago "{ago.text[:40]}"; write days and what Go takes for a duration behind them, 30d or 2d3h'
    keep = asked.value("--keep")
    if keep is not None and keep.clear and not re.fullmatch(r"-?\d{1,18}", keep.text):
        return f'--keep "{keep.text[:40]}"; write a number'
    for one in asked.values("--filter", "-f"):
        if one.clear and not _COLON.search(one.text):
            return f"the filter {one.text[:60]}; write REPOSITORY:TAG, two regular expressions"
    return ""


def _is_refused(ago: str) -> bool:
    """Whether acr stops at an age: where a number has a unit that Go does not know, or none."""
    days, sign, rest = ago.partition("d")
    text = rest.strip() if sign and re.fullmatch(r"\d+", days) else "" if sign else ago
    return not _AGO.fullmatch(ago) and re.match(r"[+-]?[\d.]", text) is not None


def _misread(ago: Word | None) -> str:
    """What acr makes of an age that it takes and cannot read; "" where it can."""
    if ago is None or not ago.clear or not ago.text or _AGO.fullmatch(ago.text) or ago.text.startswith(("-", "+")):
        return ""
    shown = f'"{ago.text[:40]}"'
    if "d" in ago.text and not re.match(r"\d+d", ago.text):
        return f"acr takes --ago {shown} for no age at all, and deletes whatever fits, however new; write 30d or 12h"
    return f"acr takes --ago {shown} for 150 years, and deletes nothing; write 30d or 2d3h"


def _of_releases(asked: Given, place: Span, tree: Tree) -> Fact | None:
    """A purge that takes tags of releases for their age alone, and keeps none."""
    ago, keep = asked.value("--ago"), asked.value("--keep")
    found = _AGO.fullmatch(ago.text) if ago is not None and ago.clear else None
    keeps = keep is not None and keep.text != "0"
    if found is None or keeps or asked.has("--untagged-only") or int(found["days"] or 0) >= _FOR_EVER or ago is None:
        return None
    for one in asked.values("--filter", "-f"):
        divided = _COLON.split(one.text)
        if (
            len(divided) != 2
            or "$" in divided[1].removesuffix("$")
            or "\0" in divided[1]
            or is_trial(divided[1].lstrip("^"))
            or is_trial_name(divided[0])
        ):
            continue
        tags = [tag for tag in probes(tree) if found_in(divided[1], tag)]
        if tags:
            detail = (
                f"deletes every tag of {divided[0][:60]} that fits {divided[1][:60]} and is older than {ago.text}, also the "
                f"release that runs, as {tags[0]} would be; leave tags of releases out of the filter, or write --keep"
            )
            return Fact("retention-of-releases", place, detail)
    return None


def resource(one: Resource, _document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the policy of a registry, or with a task, that Terraform makes."""
    if one.type == "azurerm_container_registry_task":
        yield from _of_task(one, tree)
        return
    days, sku = one.body.get("retention_policy_in_days"), one.body.get("sku")
    number, kind = said(days), said(sku)
    if days is None or not isinstance(number, int | float) or isinstance(number, bool):
        return
    if not SHORTEST_DAYS <= number <= LONGEST_DAYS:
        detail = f"the provider refuses {number} days; write {SHORTEST_DAYS} to {LONGEST_DAYS}"
        yield Fact("refused-retention", days.inner, detail)
    elif number > 0 and isinstance(kind, str) and kind.lower() != SKU:
        detail = f"the provider refuses a retention policy of a registry that is {kind[:40]}; write sku = Premium, or take it out"
        yield Fact("refused-retention", days.inner, detail)


def _of_task(one: Resource, tree: Tree) -> Iterator[Fact]:
    """A task whose steps are a text: in a heredoc, plain or in a call that encodes it."""
    for node in select(one.body, "encoded_step", "task_content"):
        inner = node.arguments[0] if isinstance(node, Call) and len(node.arguments) == 1 else node
        if "purge" not in inner.value:
            continue
        try:
            roots = documents(_FILLED.sub(lambda found: HOLE * len(found[0]), inner.value))
        except Unparsable:
            continue
        for root in roots:
            yield from task(root, lambda _, at=node: at.inner, tree)  # type: ignore[misc]


def expiries(one: Resource) -> list[Expiry]:
    """What a registry that Terraform makes deletes by itself: what has had no tag for some days."""
    days = one.body.get("retention_policy_in_days")
    number = said(days)
    older = one.body.get("retention_policy")
    if days is None and older is not None and older.kind == "mapping" and said(older.get("enabled")) is True:
        days = older.get("days")
        number = 7 if said(days) is MISSING else said(days)
    if not isinstance(number, int | float) or isinstance(number, bool) or number <= 0:
        return []
    span = days.inner if days is not None else one.head.inner
    return [Expiry(True, f"after {number} days", span, "lock it, pin an image whose tag stays, or keep what has no tag")]

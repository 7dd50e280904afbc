"""Clean-up policies of Google Artifact Registry: what is refused, what does nothing, and which releases they delete.

Knows the grammar in Terraform's blocks and in the JSON of `gcloud artifacts repositories set-cleanup-policies`; must not know
files. Its tables, and where they were read, are in `vendors.google_artifact_registry`.

KEEP wins over DELETE; prefixes of one list are alternatives; a policy has a condition or keeps the most recent versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact
from pinlint.semantics.expired_pins import Expiry
from pinlint.semantics.literals import MISSING, UNKNOWN, listed, said
from pinlint.semantics.release_tags import reaches, releases
from pinlint.semantics.vendors.google_artifact_registry import CACHES, MOST, STATES, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["expiries", "is_policies", "of_policies", "policies", "resource"]

_NARROWER = (
    "package_name_prefixes", "version_name_prefixes", "tag_prefixes", "newer_than", "packageNamePrefixes", "versionNamePrefixes",
    "tagPrefixes", "newerThan",
)  # fmt: skip
_FOR_EVER = 3_650 * 86_400


class _Policy(NamedTuple):
    """A policy: its node, and what it says. `condition` and `recent` are the blocks, None where there is none."""

    node: Node
    head: Node
    action: object
    condition: Node | None
    recent: Node | None

    def of_condition(self, *keys: str) -> Node | None:
        """What the condition says under the first of these keys that stands there."""
        condition = self.condition
        return None if condition is None else next((node for key in keys if (node := condition.get(key)) is not None), None)


def resource(one: Resource, _document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the policies of a repository that Terraform makes. Only one of images can delete releases that run."""
    found = [_policy(body, key) for key, body in one.body.pairs if key.value == "cleanup_policies" and body.kind == "mapping"]
    if not found or str(said(one.body.get("mode"))).lower() in CACHES:
        return
    whole = not any(key.value == "dynamic" for key, _ in one.body.pairs)
    dry = one.body.get("cleanup_policy_dry_run")
    if said(dry) is True and dry is not None:
        detail = "no policy deletes anything while cleanup_policy_dry_run is true; set it to false once the log shows what is meant"
        yield Fact("contrary-retention", dry.inner, detail)
    is_docker = str(said(one.body.get("format"))).upper() == "DOCKER"
    yield from _judged(found, releases(tree) if is_docker and said(dry) in (MISSING, False) else (), whole=whole)


def is_policies(root: Node) -> bool:
    """Whether what a file of JSON holds is a list of such policies."""
    elements = root.elements
    return bool(elements) and all(
        one.get("name") is not None and one.get("action") is not None and (one.get("condition") or one.get("mostRecentVersions"))
        for one in elements
    )


def policies(root: Node, released: tuple[str, ...]) -> Iterator[Fact]:
    """What is wrong with the policies that a file of JSON holds."""
    found = [_policy(one, one.raw_pairs[0][0]) for one in root.elements if one.raw_pairs]
    yield from _judged(found, released, whole=True)


def _policy(node: Node, head: Node) -> _Policy:
    action = node.get("action")
    if action is not None and action.kind == "mapping":
        action = action.get("type")
    recent = node.get("most_recent_versions") or node.get("mostRecentVersions")
    return _Policy(node, head, said(action), node.get("condition"), recent)


def _judged(found: list[_Policy], released: tuple[str, ...], *, whole: bool) -> Iterator[Fact]:
    for one in found:
        yield from _by_itself(one)
    actions = [str(one.action).upper() for one in found]
    if not whole or any(action not in ("KEEP", "DELETE") for action in actions):
        return
    if len(found) > MOST:
        yield Fact(
            "refused-retention", found[MOST].head.inner, f"Artifact Registry refuses more than {MOST} policies of a repository"
        )
    if "DELETE" not in actions:
        detail = "deletes nothing: a policy that keeps versions only takes them out of what others delete; add one that deletes"
        yield Fact("contrary-retention", found[0].head.inner, detail)
    elif not any(_shields(one) for one, action in zip(found, actions, strict=True) if action == "KEEP"):
        deleting = (one for one, action in zip(found, actions, strict=True) if action == "DELETE")
        yield from (fact for one in deleting if (fact := _of_releases(one, released)) is not None)


def _by_itself(one: _Policy) -> Iterator[Fact]:
    action = one.action
    if isinstance(action, str) and action.upper() not in ("KEEP", "DELETE"):
        yield Fact(
            "refused-retention", _place(one, "action"), f"Artifact Registry refuses the action {action[:40]}; write KEEP or DELETE"
        )
    if one.condition is not None and one.recent is not None:
        detail = "Artifact Registry refuses a policy with a condition and with most recent versions; write two policies"
        yield Fact("refused-retention", one.head.inner, detail)
    elif one.recent is not None and str(action).upper() == "DELETE":
        detail = "Artifact Registry refuses to delete the most recent versions; a policy that counts keeps them: write KEEP"
        yield Fact("refused-retention", _place(one, "action"), detail)
    state = one.of_condition("tag_state", "tagState")
    value = said(state)
    if state is not None and isinstance(value, str) and value.lower() not in STATES:
        yield Fact(
            "refused-retention", state.inner, f"Artifact Registry refuses the tag state {value[:40]}; write TAGGED, UNTAGGED or ANY"
        )
    for keys in (("older_than", "olderThan"), ("newer_than", "newerThan")):
        node = one.of_condition(*keys)
        age = said(node)
        if node is not None and isinstance(age, str) and _seconds(age) is None:
            detail = f'Artifact Registry refuses the age "{age[:40]}"; write seconds ("2592000s") or days ("30d")'
            yield Fact("refused-retention", node.inner, detail)


def _place(one: _Policy, key: str) -> Span:
    node = one.node.get(key)
    return node.inner if node is not None and node.kind == "scalar" else one.head.inner


def _seconds(age: str) -> int | None:
    found = re.fullmatch(r"(\d{1,12})(?:\.\d+)?([smhdw])", age.strip())
    return int(found[1]) * UNITS[found[2]] if found else None


def _shields(one: _Policy) -> bool:
    """Whether a policy keeps some tags, or the newest versions: then somebody has thought of what runs."""
    if one.recent is not None or one.condition is None:
        return True
    return str(said(one.of_condition("tag_state", "tagState"))).lower() != "untagged"


def _of_releases(one: _Policy, released: tuple[str, ...]) -> Fact | None:
    """What deletes releases for their age alone."""
    age_node = one.of_condition("older_than", "olderThan")
    age, state = said(age_node), said(one.of_condition("tag_state", "tagState"))
    narrower = one.of_condition("package_name_prefixes", "packageNamePrefixes", "version_name_prefixes", "versionNamePrefixes")
    if one.condition is None or narrower is not None or age is UNKNOWN or state is UNKNOWN:
        return None
    prefixes_node = one.of_condition("tag_prefixes", "tagPrefixes")
    prefixes = listed(prefixes_node)
    if prefixes_node is not None and (prefixes is None or UNKNOWN in prefixes):
        return None
    reached = not prefixes or any(isinstance(text, str) and reaches(f"{text}*", released) for text in prefixes)
    seconds = _seconds(age) if isinstance(age, str) else None
    if str(state).lower() == "untagged" or not released or not reached or seconds is None or seconds >= _FOR_EVER:
        return None
    detail = (
        f"deletes every image older than {_shown(seconds)}, also the release that runs; keep releases by a policy that keeps their "
        "tags, or the most recent versions"
    )
    return Fact("retention-of-releases", age_node.inner if age_node is not None else one.head.inner, detail)


def _shown(seconds: int) -> str:
    days = seconds / 86_400
    return f"{days:g} days" if days >= 1 else f"{seconds / 3_600:g} hours"


def expiries(one: Resource) -> list[Expiry]:
    """What the policies of a repository that Terraform makes delete of what is pinned there; nothing where one keeps tags or
    the most recent versions, or not all stands there."""
    found = [_policy(body, key) for key, body in one.body.pairs if key.value == "cleanup_policies" and body.kind == "mapping"]
    words = {str(policy.action).upper() for policy in found}
    whole = words <= {"KEEP", "DELETE"} and not any(key.value == "dynamic" for key, _ in one.body.pairs)
    if not whole or said(one.body.get("cleanup_policy_dry_run")) not in (MISSING, False):
        return []
    if any(str(policy.action).upper() == "KEEP" and _shields(policy) for policy in found):
        return []
    settings = one.body.get("docker_config")
    movable = said(settings.get("immutable_tags") if settings is not None else None) in (MISSING, False)
    return [made for policy in found if (made := _expiry(policy, movable=movable)) is not None]


def of_policies(root: Node, span: Span) -> list[Expiry]:
    """The same of policies that a file of JSON holds, for a repository of which nothing else is known."""
    found = [_policy(one, one.raw_pairs[0][0]) for one in root.elements if one.raw_pairs]
    kept = any(str(policy.action).upper() != "DELETE" for policy in found)
    made = [] if kept else [_expiry(policy, movable=False) for policy in found]
    return [one._replace(span=span) for one in made if one is not None]


def _expiry(one: _Policy, *, movable: bool) -> Expiry | None:
    age_node = one.of_condition("older_than", "olderThan")
    age, state = said(age_node), str(said(one.of_condition("tag_state", "tagState"))).lower()
    seconds = _seconds(age) if isinstance(age, str) else None
    narrower = one.of_condition(*_NARROWER)
    if str(one.action).upper() != "DELETE" or narrower is not None or age_node is None or seconds is None or seconds >= _FOR_EVER:
        return None
    after = f"after {_shown(seconds)}"
    if state == "untagged":
        remedy = "set docker_config { immutable_tags = true }, or keep the most recent versions"
        return Expiry(True, after, age_node.inner, remedy) if movable else None
    if state not in ("missing", "any", "tag_state_unspecified"):
        return None
    return Expiry(False, after, age_node.inner, "keep what is pinned by a policy that keeps its tags, or the most recent versions")

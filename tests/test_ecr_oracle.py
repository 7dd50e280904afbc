"""RET502 for Amazon ECR beside botocore's own model of its API, on generated policies and modes of repositories.

The model knows lengths, words and numbers; how they go together stands in "Lifecycle policy properties in Amazon ECR", of which
`documented` is a second reading. What either refuses, a finding has to say, and what both take must not be refused.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.schedule import judged
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pinlint.model import Diagnostic

botocore_session = pytest.importorskip("botocore.session")


@cache
def shape(name: str) -> Any:
    """A shape of ECR's model."""
    return botocore_session.get_session().get_service_model("ecr").shape_for(name)


def findings(path: str, text: str) -> list[Diagnostic]:
    """The findings in a file of a repository that holds nothing else."""
    tree = Tree("/nowhere", lambda: [path], {path: text.encode()})
    format_ = format_of(path)
    assert format_ is not None
    return [one for each in judged(tree, [(path, format_)], Policy()) for one in each.diagnostics]


def is_refused(found: list[Diagnostic]) -> bool:
    return any(one.rule == "RET502" and not one.severity for one in found)


def model_refuses(policy: dict[str, Any]) -> bool:
    """Whether a length, a word or a number is none that the model knows."""
    text = json.dumps(policy)
    length = shape("LifecyclePolicyText").metadata
    if not length["min"] <= len(text) <= length["max"]:
        return True
    words = {
        "tagStatus": [one.lower() for one in shape("TagStatus").enum],
        "storageClass": [one.lower() for one in shape("LifecyclePolicyStorageClass").enum],
    }
    for rule in policy["rules"]:
        selection, action = rule.get("selection", {}), rule.get("action", {})
        priority = rule.get("rulePriority")
        if not isinstance(priority, int) or priority < shape("LifecyclePolicyRulePriority").metadata["min"]:
            return True
        if any(key in selection and selection[key] not in known for key, known in words.items()):
            return True
        if action.get("type") not in [one.lower() for one in shape("ImageActionType").enum]:
            return True
        if action.get("targetStorageClass", "archive") not in [
            one.lower() for one in shape("LifecyclePolicyTargetStorageClass").enum
        ]:
            return True
    return False


def documented(policy: dict[str, Any]) -> bool:
    """Whether the documentation forbids how values go together."""
    rules = policy["rules"]
    priorities = [rule["rulePriority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        return True
    for rule in rules:
        selection = rule["selection"]
        lists = [key for key in ("tagPatternList", "tagPrefixList") if key in selection]
        if (selection.get("tagStatus") == "tagged") != (len(lists) == 1) or len(lists) == 2:
            return True
        if any(text.count("*") > 4 for text in selection.get("tagPatternList", ())):
            return True
        counts = selection.get("countType")
        if counts not in ("imageCountMoreThan", "sinceImagePushed"):
            return True
        if ("countUnit" in selection) != (counts == "sinceImagePushed") or selection.get("countUnit", "days") != "days":
            return True
        number = selection.get("countNumber")
        if not isinstance(number, int) or number < 1:
            return True
    statuses = [rule["selection"]["tagStatus"] for rule in rules]
    if statuses.count("any") > 1 or statuses.count("untagged") > 1:
        return True
    return any(rule["selection"]["tagStatus"] == "any" and rule["rulePriority"] < max(priorities) for rule in rules)


_SELECTION = st.fixed_dictionaries(
    {
        "tagStatus": st.sampled_from(["tagged", "untagged", "any"] * 3 + ["Any", "all"]),
        "countType": st.sampled_from(["imageCountMoreThan", "sinceImagePushed"] * 4 + ["sincePushed"]),
        "countNumber": st.one_of(st.integers(1, 5000), st.sampled_from([0, "14", 7])),
    },
    optional={
        "countUnit": st.sampled_from(["days", "days", "days", "weeks"]),
        "tagPrefixList": st.lists(st.sampled_from(["v", "release-"]), min_size=1, max_size=1),
        "tagPatternList": st.lists(st.sampled_from(["v*", "*-arm64", "a*b*c*d*e*"]), min_size=1, max_size=1),
        "storageClass": st.sampled_from(["standard", "cold"]),
    },
)
_SOUND = st.builds(
    lambda status, tag, age, number: {
        "tagStatus": status,
        **({"tagPrefixList": [tag]} if status == "tagged" else {}),
        **({"countType": "sinceImagePushed", "countUnit": "days"} if age else {"countType": "imageCountMoreThan"}),
        "countNumber": number,
    },
    st.sampled_from(["tagged", "tagged", "untagged", "any"]),
    st.sampled_from(["v", "release-", "main"]),
    st.booleans(),
    st.integers(1, 5000),
)
_COLD = {"type": "transition", "targetStorageClass": "glacier"}
_RULE = st.fixed_dictionaries(
    {
        "rulePriority": st.sampled_from([1, 2, 3, 4, 0]),
        "selection": st.one_of(_SOUND, _SELECTION),
        "action": st.sampled_from([*[{"type": "expire"}] * 6, {"type": "delete"}, _COLD]),
    }
)
_POLICY = st.builds(lambda rules: {"rules": rules}, st.lists(_RULE, min_size=1, max_size=4))


def in_hcl(value: Any) -> str:
    """The same as an expression of HCL."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {in_hcl(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_hcl, value)) + "]"
    return json.dumps(value)


@settings(max_examples=120, deadline=None)
@given(_POLICY)
def test_what_the_model_and_the_documentation_refuse_is_an_error_and_nothing_else(policy: dict[str, Any]) -> None:
    refused = model_refuses(policy) or documented(policy)
    as_json = findings("lifecycle-policy.json", json.dumps(policy, indent=2))
    assert is_refused(as_json) == refused, [one.message for one in as_json]
    as_hcl = findings("main.tf", f"locals {{\n  p = jsonencode({in_hcl(policy)})\n}}\n")
    assert sorted(one.message for one in as_hcl) == sorted(one.message for one in as_json)
    heredoc = findings("main.tf", f'resource "aws_ecr_lifecycle_policy" "x" {{\n  policy = <<EOF\n{json.dumps(policy)}\nEOF\n}}\n')
    assert sorted(one.message for one in heredoc) == sorted(one.message for one in as_json)


_FILTERS = st.lists(
    st.one_of(
        st.sampled_from(["latest*", "v*", "prod", "*-cache"]),
        st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=6),
    ),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"]), _FILTERS)
def test_filters_that_the_model_refuses_are_an_error_and_no_others(mode: str, filters: list[str]) -> None:
    assert mode in shape("ImageTagMutability").enum
    number, value = shape("ImageTagMutabilityExclusionFilters").metadata, shape("ImageTagMutabilityExclusionFilterValue").metadata
    refused = not number["min"] <= len(filters) <= number["max"]
    refused = refused or any(not re.fullmatch(value["pattern"], one) or len(one) > value["max"] for one in filters)
    written = [
        {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": one} for one in filters
    ]
    properties = {"ImageTagMutability": mode, "ImageTagMutabilityExclusionFilters": written}
    template = {"Resources": {"App": {"Type": "AWS::ECR::Repository", "Properties": properties}}}
    assert is_refused(findings("template.json", json.dumps(template))) == refused


def test_every_mode_and_word_of_the_model_is_known() -> None:
    """A newer model may know more: then the tables are to be read anew."""
    assert set(shape("ImageTagMutability").enum) == {"MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"}
    assert set(shape("TagStatus").enum) == {"TAGGED", "UNTAGGED", "ANY"}
    assert set(shape("ImageActionType").enum) == {"EXPIRE", "TRANSITION"}
    assert set(shape("LifecyclePolicyStorageClass").enum) == {"STANDARD", "ARCHIVE"}

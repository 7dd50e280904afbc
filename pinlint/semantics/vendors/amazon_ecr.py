"""The grammar of lifecycle policies and tag mutability of Amazon ECR."""

from __future__ import annotations

__all__ = [
    "ACTIONS", "COUNTS", "FILTER", "FILTERS", "LONGEST_POLICY", "MODES", "READ", "SHORTEST_POLICY", "SOURCES", "STATUSES",
    "STORAGE", "WILDCARDS",
]  # fmt: skip

READ = "2026-11-30"
SOURCES = (
    "docs.aws.amazon.com: Lifecycle policy properties in Amazon ECR",
    "botocore 1.43: ecr/2015-09-21, shapes LifecyclePolicy* and ImageTagMutability*",
    "aws/aws-cdk: aws-ecr, LifecycleRule",
)

STATUSES = ("tagged", "untagged", "any")
COUNTS = ("imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")
ACTIONS = ("expire", "transition")
STORAGE = ("standard", "archive")
#: Characters of a policy, and wildcards of a pattern.
LONGEST_POLICY, SHORTEST_POLICY, WILDCARDS = 30_720, 100, 4
#: Modes of mutability, how many filters those with an exclusion take, and what one looks like.
MODES = ("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
FILTERS, FILTER = 5, r"[0-9a-zA-Z._*-]{1,128}"

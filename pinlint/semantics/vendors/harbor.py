"""The grammar of retention rules of Harbor."""

from __future__ import annotations

__all__ = ["DEFAULT", "KEEP", "MOST", "READ", "REPOSITORIES", "SOURCES", "TAGS", "TEMPLATES"]

READ = "2026-11-30"
SOURCES = (
    "goharbor/harbor: src/pkg/retention/policy/rule (each template reads the parameter of its own name)",
    "goharbor/terraform-provider-harbor: resource_retention_policy.go, client/retention.go",
)

#: Templates, each of which takes a parameter of its own name; `always` takes none.
TEMPLATES = ("latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull", "always")
#: What the provider calls them, and what it calls patterns of repositories and tags.
KEEP = ("n_days_since_last_pull", "n_days_since_last_push", "most_recently_pulled", "most_recently_pushed", "always_retain")
REPOSITORIES, TAGS = ("repo_matching", "repo_excluding"), ("tag_matching", "tag_excluding")
#: Rules of a policy, and what a template keeps that finds no parameter.
MOST, DEFAULT = 15, 10

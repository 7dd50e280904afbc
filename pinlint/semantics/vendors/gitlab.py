"""The grammar of clean-up policies, and of rules about tags, of the container registry of GitLab."""

from __future__ import annotations

__all__ = ["CADENCES", "KEPT", "LEVELS", "LONGEST_TAG_REGEX", "OLDER", "READ", "SOURCES", "TAG_LEVELS", "TAG_RULES"]

READ = "2026-11-30"
SOURCES = (
    "gitlab-org/gitlab: app/models/container_expiration_policy.rb",
    "gitlab-org/gitlab: app/services/projects/container_repository/cleanup_tags_base_service.rb",
    "gitlab-org/terraform-provider-gitlab: gitlab_project, container_expiration_policy",
    "gitlab-org/terraform-provider-gitlab: docs/resources/project_container_tag_protection.md",
    "GitLab: user/packages/container_registry/protected_container_tags, immutable_container_tags",
)

CADENCES = ("1d", "7d", "14d", "1month", "3month")
KEPT = (1, 5, 10, 25, 50, 100)
OLDER = ("7d", "14d", "30d", "60d", "90d")

TAG_LEVELS = ("minimum_access_level_for_push", "minimum_access_level_for_delete")
LEVELS = ("MAINTAINER", "OWNER", "ADMIN")
TAG_RULES, LONGEST_TAG_REGEX = 5, 100

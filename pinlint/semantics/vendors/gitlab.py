"""The grammar of clean-up policies of the container registry of GitLab."""

from __future__ import annotations

__all__ = ["CADENCES", "KEPT", "OLDER", "READ", "SOURCES"]

READ = "2026-11-30"
SOURCES = (
    "gitlab-org/gitlab: app/models/container_expiration_policy.rb",
    "gitlab-org/gitlab: app/services/projects/container_repository/cleanup_tags_base_service.rb",
    "gitlab-org/terraform-provider-gitlab: gitlab_project, container_expiration_policy",
)

CADENCES = ("1d", "7d", "14d", "1month", "3month")
KEPT = (1, 5, 10, 25, 50, 100)
OLDER = ("7d", "14d", "30d", "60d", "90d")

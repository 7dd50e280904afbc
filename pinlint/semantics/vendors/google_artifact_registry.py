"""The grammar of clean-up policies of Google Artifact Registry."""

from __future__ import annotations

__all__ = ["CACHES", "MOST", "READ", "SOURCES", "STATES", "UNITS"]

READ = "2026-11-30"
SOURCES = (
    "docs.cloud.google.com: Configure cleanup policies",
    "hashicorp/terraform-provider-google: google_artifact_registry_repository",
    "googleapis: google/devtools/artifactregistry/v1/repository.proto, CleanupPolicy",
)

#: Policies of a repository.
MOST = 10
STATES = ("tagged", "untagged", "any", "tag_state_unspecified")
#: What an age ends in, and seconds of each.
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
#: Modes of repositories that only hand on what others keep.
CACHES = ("remote_repository", "virtual_repository")

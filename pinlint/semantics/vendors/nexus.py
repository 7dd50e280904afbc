"""The grammar of clean-up policies of Sonatype Nexus Repository."""

from __future__ import annotations

__all__ = ["CRITERIA", "IN_JSON", "READ", "RELEASE_TYPES", "SOURCES"]

READ = "2026-11-30"
SOURCES = (
    "sonatype-nexus-community/terraform-provider-sonatyperepo: docs/resources/cleanup_policy.md",
    "help.sonatype.com: Cleanup Policies; Cleanup Policies API",
)

#: Criteria, of which a policy needs one, as the provider and as the API calls them.
CRITERIA = ("asset_regex", "last_blob_updated", "last_downloaded", "release_type")
IN_JSON = ("criteriaAssetRegex", "criteriaLastBlobUpdated", "criteriaLastDownloaded", "criteriaReleaseType")
RELEASE_TYPES = ("RELEASES", "PRERELEASES", "RELEASES_AND_PRERELEASES")

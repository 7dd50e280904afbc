"""The grammar of clean-up policies of packages in Artifactory."""

from __future__ import annotations

__all__ = ["ALONE", "BESIDE", "CONDITIONS", "READ", "SOURCES"]

READ = "2026-11-30"
SOURCES = (
    "jfrog/terraform-provider-artifactory: docs/resources/package_cleanup_policy.md",
    "jfrog.com: JFrog Platform Administration, Retention Policies",
)

#: Conditions, of which a policy needs one: ages in days or, in older versions, in months.
CONDITIONS = (
    "created_before_in_days", "last_downloaded_before_in_days", "created_before_in_months", "last_downloaded_before_in_months",
    "keep_last_n_versions", "included_properties",
)  # fmt: skip
#: What stands alone, and what it excludes.
ALONE = "keep_last_n_versions"
BESIDE = (
    "created_before_in_days", "last_downloaded_before_in_days", "created_before_in_months", "last_downloaded_before_in_months",
    "included_properties",
)  # fmt: skip

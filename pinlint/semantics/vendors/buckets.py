"""The grammar of lifecycle rules of buckets of Amazon S3 and Google Cloud Storage."""

from __future__ import annotations

__all__ = ["CONDITIONS", "GOOGLE_ACTIONS", "READ", "SOURCES", "STATES", "STATUSES", "STORAGE_CLASSES"]

READ = "2026-11-30"
SOURCES = (
    "botocore 1.43: s3/2006-03-01, shapes LifecycleRule, LifecycleExpiration, Transition",
    "registry.terraform.io: hashicorp/google, google_storage_bucket (with_state)",
    "docs.cloud.google.com: Object Lifecycle Management; storage/v1, Bucket.lifecycle",
)

STATUSES = ("Enabled", "Disabled")
STORAGE_CLASSES = ("GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR")
GOOGLE_ACTIONS = ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")
#: Conditions of Google, of which a rule needs one.
CONDITIONS = (
    "age", "createdBefore", "customTimeBefore", "daysSinceCustomTime", "daysSinceNoncurrentTime", "isLive", "matchesPattern",
    "matchesPrefix", "matchesStorageClass", "matchesSuffix", "noncurrentTimeBefore", "numNewerVersions",
)  # fmt: skip
#: What Terraform's provider takes for `with_state`.
STATES = ("LIVE", "ARCHIVED", "ANY")

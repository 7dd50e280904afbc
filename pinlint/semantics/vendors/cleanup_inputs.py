"""The inputs of actions that delete versions of containers from GitHub's registry, by the version that has them."""

from __future__ import annotations

__all__ = ["ACTIONS", "READ", "SOURCES", "Version"]

READ = "2026-11-30"
SOURCES = (
    "actions/delete-package-versions: action.yml of every tag up to 5.0.0, src/input.ts and src/delete.ts",
    "snok/container-retention-policy: action.yaml of every tag up to 3.1.0",
    "dataaxiom/ghcr-cleanup-action: action.yml of every tag up to 1.2.1 (what any of them has)",
    "vlaurin/action-ghcr-prune: action.yml of every tag up to 0.6.0 (what any of them has)",
    "Chizkiyahu/delete-untagged-ghcr-action: action.yml of every tag up to 6.1.0",
)

Version = tuple[int, ...]

_DELETE_1 = "num-old-versions-to-delete owner package-name package-version-ids token"
_DELETE_2 = f"{_DELETE_1} delete-only-pre-release-versions ignore-versions min-versions-to-keep"
_DELETE_4 = f"{_DELETE_2} package-type"
_SNOK_0 = "account-type cut-off image-names org-name timestamp-to-use token"
_SNOK_1_1 = f"{_SNOK_0} skip-tags untagged-only"
_SNOK_1_2 = f"{_SNOK_1_1} keep-at-least"
_SNOK_1_3 = f"{_SNOK_1_2} filter-include-untagged filter-tags"
_SNOK_2_1 = f"{_SNOK_1_3} dry-run"
_SNOK_3 = (
    "account cut-off dry-run image-names image-tags keep-n-most-recent rust-log skip-shas tag-selection timestamp-to-use token"
)
_DATAAXIOM = (
    "delete-ghost-images delete-orphaned-images delete-partial-images delete-tags delete-untagged dry-run exclude-tags "
    "expand-packages github-api-url keep-n-tagged keep-n-untagged log-level name number-untagged older-than owner package "
    "packages registry-url repository tags token use-regex validate"
)
_VLAURIN = (
    "container dry-run keep-last keep-tags keep-tags-regexes keep-younger-than older-than organization prune-tags-regexes "
    "prune-untagged tag-regex token untagged user"
)
_CHIZKIYAHU = "owner_type package_name repository repository_owner token untagged_only"

#: By action, the versions from which on it has other inputs, oldest first, and those inputs.
ACTIONS: dict[str, tuple[tuple[Version, str], ...]] = {
    "actions/delete-package-versions": (
        ((1,), f"{_DELETE_1} repo"),
        ((2,), f"{_DELETE_2} repo"),
        ((4,), _DELETE_4),
        ((4, 1), f"{_DELETE_4} delete-only-untagged-versions"),
    ),
    "snok/container-retention-policy": (
        ((0,), _SNOK_0),
        ((1, 1), _SNOK_1_1),
        ((1, 2), _SNOK_1_2),
        ((1, 3), _SNOK_1_3),
        ((2, 1), _SNOK_2_1),
        ((2, 2), f"{_SNOK_2_1} token-type"),
        ((3,), _SNOK_3),
    ),
    "dataaxiom/ghcr-cleanup-action": (((1,), _DATAAXIOM),),
    "vlaurin/action-ghcr-prune": (((0,), _VLAURIN),),
    "chizkiyahu/delete-untagged-ghcr-action": (
        ((1,), _CHIZKIYAHU),
        ((2,), f"{_CHIZKIYAHU} except_untagged_multiplatform"),
        ((6,), f"{_CHIZKIYAHU} except_untagged_multiplatform with_sigs"),
    ),
}

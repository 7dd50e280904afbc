"""The grammar of `acr purge`, and of the retention policy of registries of Azure."""

from __future__ import annotations

__all__ = ["LONGEST_DAYS", "PURGE_SWITCHES", "PURGE_VALUED", "READ", "SHORTEST_DAYS", "SKU", "SOURCES"]

READ = "2026-11-30"
SOURCES = (
    "Azure/acr-cli 0.17 and its main branch of 2026-03-12: cmd/acr/purge.go, cmd/repository/image_functions.go",
    "hashicorp/terraform-provider-azurerm: container_registry_resource.go",
)

#: Options of `acr purge` that take a word, and those that take none.
PURGE_VALUED = (
    "--ago --keep --filter -f --filter-timeout-seconds --concurrency --repository-page-size --registry -r --username -u --password "
    "-p --config -c"
)
PURGE_SWITCHES = "--untagged --untagged-only --dry-run --include-locked --verbose --help -h"
#: Days after which a registry deletes what has no tag, and the only kind of registry that does.
SHORTEST_DAYS, LONGEST_DAYS, SKU = 0, 365, "premium"

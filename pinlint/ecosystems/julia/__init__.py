"""Julia: what an entry of a manifest is worth, in `names`."""

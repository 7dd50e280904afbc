"""Go: the grammar of module paths, versions and sums in `names`."""

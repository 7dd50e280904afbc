"""NuGet: the grammar of names, version ranges and content hashes in `names`."""

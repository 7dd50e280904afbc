"""Cargo: the grammar of version requirements, sources and checksums in `names`."""

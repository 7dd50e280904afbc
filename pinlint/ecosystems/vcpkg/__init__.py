"""vcpkg: names of ports and baselines of registries in `names`."""

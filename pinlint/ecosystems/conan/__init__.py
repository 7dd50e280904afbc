"""Conan: the grammar of references to recipes in `names`."""

"""Composer: the grammar of package names, constraints and locked distributions in `names`."""

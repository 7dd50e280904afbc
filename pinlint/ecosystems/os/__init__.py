"""Packages of operating systems: the names in `names`."""

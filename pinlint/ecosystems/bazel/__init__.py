"""Bazel: the grammar of modules' versions and of the sums of downloads in `names`."""

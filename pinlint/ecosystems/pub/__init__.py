"""Dart: what an entry of a lock of pub is worth, in `names`."""

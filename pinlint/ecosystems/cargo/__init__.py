"""npm: the grammar of names, specifiers and integrity in `names`."""

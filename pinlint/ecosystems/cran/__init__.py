"""R: what an entry of a lock of renv is worth, in `names`."""

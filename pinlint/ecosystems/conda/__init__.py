"""conda packages."""

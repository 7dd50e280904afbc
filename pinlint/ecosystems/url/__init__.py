"""Plain downloads."""

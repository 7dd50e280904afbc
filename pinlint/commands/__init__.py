"""The commands: a word here and a module of the same name beside it, which nothing else names.

A module has `USAGE` and `ABOUT` for people, adds its options to a parser (`arguments(parser)`), and does what it is there for
(`run(options)`, which returns the exit code).
"""

__all__ = ["COMMANDS"]

#: The first is the one that is meant where none is named.
COMMANDS = (
    "check", "inventory", "verify", "explain", "rules", "formats", "baseline", "init", "doctor", "fleet", "server", "export",
    "completions", "schema",
)  # fmt: skip

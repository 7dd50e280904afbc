"""`pinlint schema`: the JSON Schema of a configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "schema"
ABOUT = "Prints the JSON Schema of pinlint.toml, for editors that complete and check it."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds no options: it has none."""


def run(options: Options) -> int:  # noqa: ARG001
    """The exit code, always 0."""
    import json

    from pinlint.schema import schema

    sys.stdout.write(json.dumps(schema(), indent=1) + "\n")
    return 0

"""What a run would look at, instead of looking: its files, or its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinlint.config import Policy

__all__ = ["files", "settings"]


def files(found: Iterable[tuple[str, str]], out: TextIO) -> None:
    """A line a file: its path, a tab, the name of its format."""
    for path, name in found:
        out.write(f"{visible(path)}\t{name}\n")


def settings(found: Iterable[tuple[str, Policy]], out: TextIO) -> None:
    """The settings of each root, under a line that says where they come from."""
    for root, policy in found:
        out.write(f"# {visible(f'{root}: {policy.source}' if policy.source else f'{root}: defaults')}\n")
        for name, value in policy._asdict().items():
            out.write(f"{name.replace('_', '-')} = {visible(repr(value))}\n")

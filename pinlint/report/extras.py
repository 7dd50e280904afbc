"""Reports that libraries write, which only who wants such a report has to have."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinlint.errors import PinlintError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["needing"]


@contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Raises PinlintError where `what` lacks a library that this extra of pinlint-cli brings."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pinlint"):
            raise
        hint = f"pip install 'pinlint-cli[{extra}]', in a checkout pip install '.[{extra}]'"
        raise PinlintError(f"{what} needs the Python package {error.name}", hint) from None

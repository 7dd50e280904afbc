"""Where files lie that only tests run: what they sign, verify and deploy is nobody's.

Knows names of folders and files; must not know what any file says.
"""

from __future__ import annotations

import re

__all__ = ["is_test"]

_FOLDERS = frozenset((
    "test", "tests", "e2e", "testdata", "fixtures", "hack", "kind", ".kyverno-test", "kyverno-test", "conformance", "chainsaw",
))  # fmt: skip
_FILES = re.compile(
    r"(?:^|[-_.])(?:e2e|kind|testdata|interop(?:erability)?|conformance)(?=[-_.]|$)|^tests?\.|^tests?[-_].*\.(?:sh|bash)$",
    re.IGNORECASE,
)


def is_test(path: str) -> bool:
    """Whether only tests run what lies at a path."""
    *folders, name = path.lower().split("/")
    chainsaw = any(folder.startswith(".chainsaw") for folder in folders)
    return chainsaw or not _FOLDERS.isdisjoint([folder.strip("_") for folder in folders]) or _FILES.search(name) is not None

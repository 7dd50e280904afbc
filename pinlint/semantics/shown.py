"""Folders of what is tried, measured or shown: nobody installs an application from there. Knows how they are called."""

import re

__all__ = ["is_shown"]

_SHOWN = (  # compiled where it is used: few manifests lack a lock
    r"(?i)(?:^|[/_.-])(?:bench(?:es|marks?)?|demos?|examples?|fixtures?|fuzz|mocks?|samples?|templates?|tests?|testdata|testsuite)"
    r"[_.-]?[^/]*/"
)


def is_shown(path: str) -> bool:
    """Whether a file lies in such a folder."""
    return re.search(_SHOWN, path) is not None

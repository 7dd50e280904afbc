"""Configurations besides the one that counts: others of a root, and the user's own.

Knows where such files lie; must not know what they say.
"""

import os
import re
from collections.abc import Iterator, Sequence

from pinlint.discover import CONFIGURATIONS
from pinlint.executables import lies_in
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["beside", "of_user"]

_TABLE = rb"(?m)^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*pinlint\b"


def beside(tree: Tree, names: Sequence[str]) -> Iterator[str]:
    """Those files that would be a configuration if no other were."""
    for name in names:
        try:
            if tree.exists(name) and (name in CONFIGURATIONS or re.search(_TABLE, tree.bytes(name))):
                yield name
        except Unread:
            continue


def of_user(root: str) -> str:
    """The configuration of the user, for repositories that have none of their own; "" for none. One that lies in the repository is
    anybody's."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    path = os.path.join(home if os.path.isabs(home) else os.path.expanduser("~/.config"), "pinlint", CONFIGURATIONS[0])
    return path if os.path.isabs(path) and os.path.isfile(path) and not lies_in(path, root) else ""

"""Today's findings, set aside: a file of fingerprints that know no line numbers.

Knows how findings are told apart; must not know how they are made or shown.
"""

from __future__ import annotations

import json
import os
from collections import Counter

from pinlint import __version__
from pinlint.errors import PinlintError
from pinlint.model import Diagnostic
from pinlint.report.escapes import in_json, in_unicode, logged_out
from pinlint.streams import opened
from pinlint.text import Unread
from pinlint.tree import Tree, join, read_bytes

__all__ = ["DEFAULT", "key", "record", "without_known"]

DEFAULT = "pinlint-baseline.json"
_VERSION = 1
_HINT = "write one with `pinlint baseline --output-file {}`"


def key(diagnostic: Diagnostic) -> str:
    """What makes two findings the same: rule, file, artifact and version, else the message; no passwords, valid Unicode."""
    subject = f"{diagnostic.kind}:{diagnostic.name} {diagnostic.version}" if diagnostic.kind else diagnostic.message
    return in_unicode(logged_out(f"{diagnostic.rule} {diagnostic.path} {subject}".rstrip()))


def record(diagnostics: list[Diagnostic], path: str) -> int:
    """Writes every finding that nobody suppressed to `path`, sorted, so that a change reads well; returns how many there are.
    Raises PinlintError or Unwritable where the file cannot be written."""
    counts = Counter(key(one) for one in diagnostics if not one.suppressed)
    document = {"pinlint-baseline": _VERSION, "written-by": __version__, "findings": dict(sorted(counts.items()))}
    with opened(path) as file:
        file.write(in_json(json.dumps(document, indent=1)) + "\n")
    return counts.total()


def without_known(diagnostics: list[Diagnostic], path: str, root: str = "") -> list[Diagnostic]:
    """The findings with those that the baseline holds marked as suppressed, as often as it holds them. With a `root` the path is
    one below it, as its configuration says, and leads nowhere else. Raises PinlintError for a file that is no baseline."""
    name, path = path, os.path.join(root, path)
    try:
        document = json.loads(Tree(root, list).bytes(join("", name)) if root else read_bytes(path))
    except RecursionError:
        raise PinlintError(f"{path} is nested too deeply for a baseline", _HINT.format(path)) from None
    except (Unread, ValueError) as error:
        raise PinlintError(f"{path}: {error}", _HINT.format(path)) from None
    if (
        not isinstance(document, dict)
        or document.get("pinlint-baseline") != _VERSION
        or not isinstance(document.get("findings"), dict)
    ):
        raise PinlintError(f"{path} is no baseline of this version", _HINT.format(path))
    left = Counter({str(name): count for name, count in document["findings"].items() if isinstance(count, int)})
    marked = []
    for one in diagnostics:
        name = key(one)
        if not one.suppressed and left[name] > 0:
            left[name] -= 1
            one = one._replace(suppressed="baseline", reason=f"in the baseline {path}")
        marked.append(one)
    return marked

"""Comments that are directives: what is said behind a pin must leave them as their tool reads them.

Source: yamllint's linter.py and parser.py: `# yamllint disable-line rule:…` has to be all of the comment. zizmor, detect-secrets,
gitleaks, ratchet and others look for theirs anywhere in it, and so they may stand behind the version.
"""

from __future__ import annotations

import re

from pinlint.fix.consumers.site import Objection, Site

__all__ = ["directive"]

#: From a ref on; behind another comment it is none.
_WHOLE = re.compile(r"(?:\S|\s(?!#))*\s#\s?(yamllint (?:disable|enable)(?:-line|-file)?\b[^\r\n]*)")


def directive(site: Site) -> Objection | None:
    """An objection where the comment on the line is a directive that must stay all of the comment."""
    if site.reference.version in site.reference.digests:  # nothing is said of a commit that stands there already
        return None
    found = _WHOLE.match(site.rest(site.span.end))
    if found is None or site.document.path.endswith(".json"):
        return None
    return Objection(
        f"`# {found[1].strip()[:60]}` counts only as a whole comment, and the version has to be said there: move it to the line "
        "above"
    )

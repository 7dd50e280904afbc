"""What replaces images by their name wherever they stand: Argo CD's image updater."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import parse_image
from pinlint.fix.consumers.site import Objection, Site
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["replaced"]

_UPDATER = b"argocd-image-updater"
_LIST = re.compile(r"argocd-image-updater\.argoproj\.io/image-list[\"']?\s*:\s*[>|]?-?\s*[\"']?([^\"'\n]{1,2000})")
_NAMED = re.compile(r"\bimageName[\"']?\s*:\s*[\"']?([^\"'\s]{1,300})")
#: What follows the name on a list: no tag, but a range of them.
_CONSTRAINT = re.compile(r":[^/]*\Z")
_MOST = 500  # lists in one file
_LARGEST, _ALL = 2**20, 64 * 2**20


def replaced(site: Site) -> Objection | None:
    """An objection where Argo CD's image updater has the image on its list."""
    made = site.tree.memo("image updater", "", lambda: _listed(site.tree))
    where = made.get(parse_image(site.reference.artifact.name).name)
    return Objection(f"Argo CD's image updater replaces it ({where} lists it)") if where else None


def _listed(tree: Tree) -> dict[str, str]:
    """Normalised name → where an updater's list names it, for every YAML file of the repository."""
    found: dict[str, str] = {}
    budget = _ALL
    for path in tree.listed():
        if not path.endswith((".yaml", ".yml")):
            continue
        try:
            data = tree.bytes(path)
        except Unread:
            continue
        budget -= len(data)
        if budget < 0:
            break
        if _UPDATER not in data or len(data) > _LARGEST:
            continue
        text = data.decode("utf-8", "replace")
        for match in islice((*_LIST.finditer(text), *_NAMED.finditer(text)), _MOST):
            where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            for one in match[1].split(","):
                found.setdefault(parse_image(_CONSTRAINT.sub("", one.strip().rpartition("=")[2])).name, where)
    return found

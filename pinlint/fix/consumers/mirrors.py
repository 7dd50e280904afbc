"""Builds that fetch a base image from another registry than the Dockerfile says: its digest may not be there.

A digest behind `${REGISTRY}/library/golang:1.24` is that of the default registry. A registry that passes images on, or holds exact
copies, has the same; one to which somebody pushed one platform has not, and the build fails there. So where the repository itself
says that its builds take another one, nothing is written without leave.

Knows Dockerfiles' words and what sets build arguments; must not know registries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.fix.consumers.site import UNSAFE, Objection
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.fix.consumers.site import Site
    from pinlint.tree import Tree

__all__ = ["elsewhere"]

_BEFORE = re.compile(r"[^\s\"']{0,300}\Z")
_VARIABLE = re.compile(r"\$\{?(\w+)")
_SAYS_ARGUMENTS = re.compile(rb"build-arg|build_arg|buildArgs|\bargs\b")
_SUFFIXES = (".sh", ".bash", ".yml", ".yaml", ".hcl", ".json", ".mk", ".just", ".py", ".ps1", ".env")
_NAMES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Jenkinsfile", "Taskfile", "Tiltfile", "Earthfile")
_SETTING = re.compile(rb"(?<![\w$.{-])[\"']?(\w+)[\"']?\s{0,9}[=:]\s{0,9}\S", re.ASCII)
_LARGEST, _LONGEST_LINE = 512 * 1024, 2000


def elsewhere(site: Site) -> Objection | None:
    """The base image behind a registry in an ARG, where a file of the repository says that a build takes another one."""
    if site.reference.role != "base image":
        return None
    before = _BEFORE.search(site.document.text[max(0, site.span.start - 300) : site.span.start])
    for name in dict.fromkeys(_VARIABLE.findall(before[0])) if before else ():
        if place := site.tree.memo("settings of build arguments", "", lambda: _settings(site.tree)).get(name):
            why = f"{place} sets ARG {name} for a build, and whether that registry holds the very same image nobody here knows"
            return Objection(why, UNSAFE)
    return None


def _settings(tree: Tree) -> dict[str, str]:
    """The first place where a file that starts builds gives a name a value, for every name."""
    found: dict[str, str] = {}
    for path in sorted(tree.listed()):
        if not path.endswith(_SUFFIXES) and path.rpartition("/")[2] not in _NAMES:
            continue
        try:
            data = tree.bytes(path)
        except Unread:
            continue
        if len(data) < _LARGEST and _SAYS_ARGUMENTS.search(data):
            for number, line in enumerate(data.split(b"\n"), 1):
                for name in _SETTING.findall(line[:_LONGEST_LINE]):
                    found.setdefault(name.decode(), f"{path}:{number}")
    return found

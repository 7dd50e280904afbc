"""Images of registries of one's own that the files of a repository pin by digest, wherever that is written.

Knows how a pinned image is written, and what a comment is; must not know any registry, nor who asks. Looks at the files of a
repository once a run, and only where a policy deletes something that may be among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.semantics.test_grounds import is_test
from pinlint.syntax import hcl_tree
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["COMMENT", "HCL", "Pinned", "files", "pairs", "pinned"]

#: Where files that run images are told by their names; what people read is none.
_FILES = re.compile(
    r"(?i)(?:.*\.(?:ya?ml|json|tf|tofu|hcl|sh|bash|toml|env|mk|tfvars|properties)|(?:.*\.)?(?:docker|container)file(?:[.-].*)?"
    r"|makefile|jenkinsfile|.*\.gotmpl)"
)
HCL = (".tf", ".tofu", ".hcl", ".tfvars")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}(?![0-9a-f])")
#: What stands right before a digest: a name, in which a value may be filled in, and a tag.
_NAME = re.compile(r"(?:\$\{[^{}\n]{1,120}\}|[A-Za-z0-9._/:-])+")
_ENDS = " \t\"'=,()[]<>`|"
_TAG = re.compile(r":([A-Za-z0-9_][A-Za-z0-9._-]{0,127})\Z")
COMMENT = re.compile(r"(?:^|\s)(?:#|//|--\s|\*\s|;)")
_LONGEST, _MOST = 300, 10_000  # characters of a name, files


class Pinned(NamedTuple):
    """An image as it is written: its name without tag and digest, which may hold `${…}`, its tag ("" = none), the first digits of
    its digest, and where that stands."""

    name: str
    tag: str
    digest: str
    path: str
    line: int

    @property
    def shown(self) -> str:
        """The image as people write it, with its place."""
        tag = f":{self.tag}" if self.tag else ""
        name = self.name if len(self.name) <= 100 else f"…{self.name[-99:]}"
        return f"{name}{tag}@{self.digest}…, which {self.path}:{self.line} pins"


def pinned(tree: Tree) -> list[Pinned]:
    """Those of the repository, in the order of the files. Nobody pulls those of tests for long."""
    return tree.memo("images that are pinned", "", lambda: list(_pinned(tree)))


def files(tree: Tree) -> list[str]:
    """The files of the repository that may run images, sorted, but for those of tests."""
    return sorted(path for path in tree.listed() if _FILES.fullmatch(path.rpartition("/")[2]) and not is_test(path))[:_MOST]


def _pinned(tree: Tree) -> Iterator[Pinned]:
    for path in files(tree):
        try:
            if b"@sha256:" in tree.bytes(path):
                yield from _of_file(tree.read(path))
        except (Unread, Unparsable):
            continue


def _of_file(document: Document) -> Iterator[Pinned]:
    if document.path.endswith(HCL):
        for _, node in pairs(hcl_tree.body(document.text)):
            if "@sha256:" in node.value:
                yield from _in(node.value, document, node)
        return
    yield from _in(document.text, document, None)


def pairs(root: Node) -> Iterator[tuple[str, Node]]:
    """What stands in values, without what stands in comments, each with the key that is nearest."""
    waiting = [("", root)]
    while waiting:
        key, node = waiting.pop()
        if isinstance(node, hcl_tree.Call):
            waiting += [(key, one) for one in reversed(node.arguments)]
        elif node.kind == "mapping":
            waiting += [(name.value, value) for name, value in reversed(node.pairs)]
        elif node.kind == "sequence":
            waiting += [(key, one) for one in reversed(node.elements)]
        else:
            yield key, node


def _in(text: str, document: Document, node: Node | None) -> Iterator[Pinned]:
    """Those in a text: that of a node, or of the whole document."""
    for digest in _DIGEST.finditer(text):
        at = digest.start()
        begins = max(at - _LONGEST, 0)
        begins = max(text.rfind("\n", begins, at) + 1, begins)
        line = text[begins:at]
        start = max(map(line.rfind, _ENDS)) + 1
        name = line[start:].rpartition("://")[2]
        if not _NAME.fullmatch(name) or COMMENT.search(line[:start]):
            continue
        tag = _TAG.search(name)
        if tag is not None:
            name = name[: tag.start()]
        if "/" in name or "${" in name:
            number, _ = document.position(at if node is None else min(node.start + at, node.end))
            yield Pinned(name, tag[1] if tag is not None else "", digest[0][1:20], document.path, number)

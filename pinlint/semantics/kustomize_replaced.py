"""References for the images that Kustomize puts in the place of others, where an entry of `images:` or a transformer says so.

Knows what an entry makes of which images; must not know which file holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_verdict, parse_image
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.images import local_image, unknown_image
from pinlint.semantics.kustomize_entries import KEYS, split
from pinlint.semantics.kustomize_replacements import rewriting_name
from pinlint.semantics.own_images import builder
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.kustomize_entries import Entry, Used
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["put_in"]

_ROLE = "kustomize image"
#: What makes a name an expression that fits other names, too, and none that images may have. A dot is in most names.
_EXPRESSION = frozenset("\\^$*+?()[]|")
_VARIABLE = "a variable of another tool stands in it, which only a deployment fills in"


def put_in(entry: Entry, fitting: list[tuple[Used, Used]], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What an entry puts in the place of an image, after the digest that it takes away.

    `fitting` are the images that it fits, each before this entry and after all of them.
    """
    if not entry.changes:
        return
    node = next(entry.at[key] for key in KEYS if key in entry.at)
    name = entry.new_name or split(entry.name, "").name
    if not all(literal(one) for one in entry.at.values()):
        yield unknown_image(node, document, _ROLE, "a template fills it in")._replace(artifact=Artifact("image", name))
        return
    if "$" in f"{name}{entry.new_tag}{entry.suffix}{entry.digest}":
        yield unknown_image(node, document, _ROLE, _VARIABLE)._replace(artifact=Artifact("image", name))
        return
    tag, digest = entry.new_tag, entry.digest
    if not tag and not digest:
        kept = {(f"{one.tag}{entry.suffix}", "" if entry.suffix else one.digest) for one, _ in fitting}
        if len(kept) != 1:
            yield unknown_image(node, document, _ROLE, _unsaid(entry, bool(kept)))._replace(artifact=Artifact("image", name))
            return
        ((tag, digest),) = kept
    if not digest and "@" not in tag and (pinned := next((one for one, last in fitting if one.digest and not last.digest), None)):
        key = "newTag" if entry.new_tag else "tagSuffix"
        mend = f"write `newTag: {entry.new_tag}@sha256:…`" if entry.new_tag else "write `newTag: TAG@sha256:…` instead"
        yield Fact("erased-digest", node.inner, f"{key} takes the digest away that {pinned.path} gives {entry.name}; {mend}")
    yield _reference(f"{name}{':' if tag else ''}{tag}{'@' if digest else ''}{digest}", entry, node, document, tree)


def _unsaid(entry: Entry, several: bool) -> str:
    if _EXPRESSION.intersection(entry.name):
        return "Kustomize takes the name for a regular expression, so which images it fits cannot be told"
    return (
        "its tag stays as the resources have it, and they have several"
        if several
        else "its tag stays as it is in resources that do not lie here"
    )


def _reference(written: str, entry: Entry, node: Node, document: Document, tree: Tree) -> Reference:
    if why := builder(written, document.path, tree):
        return local_image(node, document, _ROLE, why)._replace(artifact=Artifact("image", written))
    parsed = parse_image(written)
    verdict, digests, why = image_verdict(parsed)
    version = parsed.tag if not parsed.digest else f"{parsed.tag}@{parsed.digest}" if parsed.tag else parsed.digest
    found = Reference(Artifact("image", parsed.name), version, digests, verdict, node.inner, _ROLE, why)
    if entry.suffix and not entry.new_tag and not why:
        return found._replace(why=f"its tag is that of the resources and {entry.suffix}; write newTag with both and the digest")
    if "digest" in entry.at:
        return found._replace(site=node.inner, notation="image-digest-key")
    if "newTag" not in entry.at or entry.at["newTag"].value != entry.new_tag:
        return found  # a digest beside newName alone would take the resources' tag away; a number would become another text
    if verdict != "digest" and (path := rewriting_name(entry, document.path, tree)):
        return found._replace(why=f"its tag can be moved; {path}")
    return found._replace(site=node.inner, notation="image-tag-key")

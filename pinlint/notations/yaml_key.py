"""A key of a YAML mapping that holds the digest: filled where it is there, else added beside another.

Knows the layout of mappings, block and flow; must not know which file asks for what.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.notations.image import disagreement, is_digest
from pinlint.notations.in_place import is_exact
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["commit", "digest", "image_digest", "integrity", "ref", "tag", "version"]

#: The key before a value, and where its line begins: `  - "name": ` and the like.
_KEY = re.compile(r"(?P<indent>[ ]*(?:-[ ]+)*)(?:[{\[][ ]*)*(?:.*[,{][ ]*)?[\"']?(?P<key>[\w.-]+)[\"']?[ \t]*:[ \t]*\Z")
_BLOCK_REST = re.compile(r"[\"']?[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_FLOW_REST = re.compile(r"[\"']?(?=[ \t]*[,}])")
_LINE_END = re.compile(r"\r\n|\r|\n")


def digest(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`digest: sha256:…` in place of the value at `site`, which is empty; a key `sha` takes the digits alone, as the charts do that
    have it."""
    if problem := _problem(reference, pin):
        return problem
    text = document.text
    before = text[text.rfind("\n", 0, site.start) + 1 : site.start]
    key = _KEY.match(before.rstrip("'\""))
    value = pin.digests[0].removeprefix("sha256:" if key and key["key"].lower().startswith("sha") else "")
    quote = text[site.start : site.start + 1] if site.end > site.start and text[site.start] in "'\"" else ""
    return [Edit(site, f"{quote}{value}{quote}" if before[-1:] in tuple(" \t'\"") else f" {value}")]


def tag(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`tag: v1@sha256:…`: the digest at the end of the tag, inside its quotes. A broken digest gives way."""
    if problem := _problem(reference, pin):
        return problem
    written = document.text[site.start : site.end]
    quoted = len(written) > 1 and written[0] in "'\"" and written[-1] == written[0]
    at = written.find("@")
    return [Edit(Span(site.start + at if at >= 0 else site.end - quoted, site.end - quoted), f"@{pin.digests[0]}")]


def _problem(reference: Reference, pin: Pin) -> NoPin | None:
    return disagreement(reference, pin) or (None if is_digest(pin.digests[0]) else NoPin("what came back is no digest of an image"))


def image_digest(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`digest: sha256:…` beside the tag at `site`, as Kustomize's own `edit set image` writes it."""
    return _problem(reference, pin) or _beside(site, document, "digest", pin.digests[0])


def integrity(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`integrity: 'sha256-…'` beside the address at `site`, as GitLab's documentation writes it."""
    return _beside(site, document, "integrity", f"'{pin.digests[0]}'")


def commit(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`commit: …` beside the tag or branch at `site`, which it then goes before."""
    return _beside(site, document, "commit", pin.digests[0])


def version(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`version: 19.5.5` beside the chart at `site`."""
    return _beside(site, document, "version", pin.version) if is_exact(pin.version) else NoPin("what came back is no version")


def ref(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`ref: COMMIT` beside the project at `site`."""
    return _beside(site, document, "ref", pin.digests[0])


def _beside(site: Span, document: Document, key: str, value: str) -> list[Edit] | NoPin:
    """`key: value` in the mapping of the value at `site`: on the next line in a block, right behind it in a flow."""
    text = document.text
    start = text.rfind("\n", 0, site.start) + 1
    found = _KEY.match(text[start : site.start].rstrip("'\""))
    if found is None:
        return NoPin(f"there is no place for a key {key} beside it that can be told")
    if flow := _FLOW_REST.match(text, site.end):
        return [Edit(Span(flow.end(), flow.end()), f", {key}: {value}")]
    rest = _BLOCK_REST.match(text, site.end)
    if rest is None:
        return NoPin(f"there is no place for a key {key} beside it that can be told")
    line_end = _LINE_END.match(text, rest.end()) or _LINE_END.search(text)
    return [Edit(Span(rest.end(), rest.end()), f"{line_end[0] if line_end else chr(10)}{' ' * len(found['indent'])}{key}: {value}")]

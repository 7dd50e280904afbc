"""The integrity of an entry in the locks of yarn 1, pnpm and bun, where each of them would write it itself.

Knows how those locks lay out an entry; must not know what an integrity means.
"""

from __future__ import annotations

import json
import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["element", "line", "resolution"]

_FIELD = re.compile(r"(?P<indent> +)\"?(?P<name>integrity|resolved)\"? +\Z")
_REST = re.compile(r"[^\r\n]*(?P<end>\r?\n|\Z)")
_VALUE = r"(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*'|[A-Za-z0-9+/=?-]+)"
#: The fields of a resolution that stand in its own line, and the first of those that stand below it.
_IN_FLOW = re.compile(rf"\{{[^\r\n]*?(?<=[{{ ,])[\"']?integrity[\"']?: {_VALUE}(?=[,}} ])")
#: How far before its first field a resolution may begin.
_FAR = 200
_FIRST = re.compile(r"resolution: *\r?\n(?P<indent> +)(?=\w)")


def line(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`integrity sha512-…` in place of the value that is there, else below the `resolved` at `site`, indented as that is."""
    text, value = document.text, pin.digests[0]
    field = _FIELD.fullmatch(text, text.rfind("\n", 0, site.start) + 1, site.start)
    rest = _REST.match(text, site.end)
    if field is None or rest is None:
        return NoPin("its fields do not stand in lines of their own; write the lock again with `yarn install`")
    if field["name"] == "integrity":
        return [Edit(site, value)]
    end = "\r\n" if "\r\n" in text else "\n"
    place = rest.start("end")
    return [Edit(Span(place, place), f"{end}{field['indent']}integrity {value}")]


def resolution(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`resolution: {integrity: sha512-…}` in place of the value that is there, else before the other fields, as pnpm does."""
    text, value = document.text, pin.digests[0]
    if text.startswith("{", site.start):
        if found := _IN_FLOW.match(text, site.start, site.end):
            return [Edit(Span(*found.span("value")), value)]
        more = ", " if text[site.start + 1 : site.end - 1].strip() else ""
        return [Edit(Span(site.start + 1, site.start + 1), f"integrity: {value}{more}")]
    start = text.rfind("resolution:", max(0, site.start - _FAR), site.start + 1 + len("resolution"))
    first = _FIRST.match(text, start) if start >= 0 else None
    if first is None:
        return NoPin("its resolution is not laid out as pnpm does it; write the lock again with `pnpm install --lockfile-only`")
    line = first["indent"]
    held = re.compile(rf"(?:{line}[^\r\n]*\r?\n)*?{line}integrity: {_VALUE} *(?=\r?\n|\Z)")
    if found := held.match(text, first.start("indent")):
        return [Edit(Span(*found.span("value")), value)]
    end = "\r\n" if "\r\n" in text else "\n"
    return [Edit(Span(first.end(), first.end()), f"integrity: {value}{end}{line}")]


def element(_: Reference, site: Span, __: Document, pin: Pin) -> list[Edit] | NoPin:
    """`"sha512-…"` in place of the text at `site`, the last element of an entry of bun."""
    return [Edit(site, json.dumps(pin.digests[0]))]

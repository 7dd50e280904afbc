"""The pages of an index: the files that it offers of a project, in JSON or HTML.

Knows the simple repository API (PEP 503, 592, 658, 691, 700, 714); must not know who is asked. Whatever a page holds, the time to
read it is linear in its length, and it names no more files than anybody publishes.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

__all__ = ["ALGORITHMS", "LARGEST", "File", "Page", "page"]

ALGORITHMS = frozenset(("sha256", "sha384", "sha512", "sha224", "sha1", "md5"))
#: Bytes of a page, and files on it, beyond what any project has: nightly builds of many years take a tenth.
LARGEST, _MOST_FILES = 24 << 20, 100_000
#: Characters of a name or an address.
_LONGEST = 4096
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"(sha256|sha384|sha512|sha224|sha1|md5)=([0-9a-fA-F]+)")
_OPENING = re.compile(r"<(?:!--|([a-zA-Z][^\s/>]*))")
_ATTRIBUTE = re.compile(r"""[\s/]*(?:(>)|([^\s/>=]+)(?:\s*=\s*("[^"]*"|'[^']*'|(?!["'])[^\s>]*))?|=)""")
#: Elements whose contents are no markup.
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}


class File(NamedTuple):
    """A file that an index offers on the page `page`. `metadata` is the sha256 of its core metadata where the index offers those
    beside it, "?" where it does not say, "" where there are none; `reason` is why its authors yanked it,
    `provenance` the address of its attestations, "" for none."""

    name: str
    url: str
    hashes: dict[str, str]
    yanked: bool
    python: str = ""
    uploaded: str = ""
    metadata: str = ""
    page: str = ""
    reason: str = ""
    provenance: str = ""


class Page(NamedTuple):
    """The page of a project: its files, and the status that the index gives it ("quarantined") with the reason, "" for none."""

    files: list[File]
    status: str = ""
    reason: str = ""


def page(body: bytes, kind: str, address: str) -> Page:
    """The page of a content type that was read at an address. Raises ValueError, TypeError, LookupError, AttributeError or
    RecursionError for what is no such page."""
    found = _from_json(json.loads(body), address) if "json" in kind else _from_html(body.decode("utf-8", "replace"), address)
    if len(found.files) > _MOST_FILES:
        raise ValueError(len(found.files))
    return found


def _from_json(document: Any, address: str) -> Page:
    told = document.get("project-status") or {}
    told = told if isinstance(told, dict) else {"status": told}
    status = told.get("status") or told.get("state") or ""  # PEP 792 says both
    return Page(list(_json_files(document, address)), str(status)[:_LONGEST], str(told.get("reason") or "")[:_LONGEST])


def _json_files(document: Any, address: str) -> Iterator[File]:
    for one in document["files"][: _MOST_FILES + 1]:
        hashes = {key: value.lower() for key, value in one["hashes"].items() if key in ALGORITHMS}
        yanked, python = one.get("yanked", False), str(one.get("requires-python") or "")
        reason = yanked[:_LONGEST] if isinstance(yanked, str) else ""
        uploaded, metadata = str(one.get("upload-time") or ""), one.get("core-metadata", one.get("dist-info-metadata"))
        name, url = _short("" + one["filename"]), urljoin(address, _short(one["url"]))
        told = one.get("provenance")
        provenance = urljoin(address, _short(told)) if isinstance(told, str) and told else ""
        yield File(name, url, _sound(hashes), bool(yanked), python, uploaded, _metadata(metadata), address, reason, provenance)


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(len(text))
    return text


def _metadata(value: object) -> str:
    if isinstance(value, dict):
        digest = str(value.get("sha256", "")).lower()
        return digest if _SHA256.fullmatch(digest) else "?"
    return "?" if value else ""


def _from_html(text: str, address: str) -> Page:
    """The files that the anchors of a page lead to; the first base counts, wherever it stands."""
    base, anchors, status, reason = "", [], "", ""
    for tag, attributes in _elements(text):
        href = attributes.get("href") or ""
        if tag == "base" and href:
            base = base or urljoin(address, _short(href))
        elif tag == "meta" and attributes.get("name") == "pypi:project-status":
            status = attributes.get("content", "")[:_LONGEST]
        elif tag == "meta" and attributes.get("name") == "pypi:project-status-reason":
            reason = attributes.get("content", "")[:_LONGEST]
        elif tag == "a" and href and len(href) <= _LONGEST:
            anchors.append((href, attributes))
            if len(anchors) > _MOST_FILES:
                raise ValueError(len(anchors))
    return Page(list(_html_files(anchors, base or address, address)), status, reason)


def _html_files(anchors: list[tuple[str, dict[str, str]]], base: str, address: str) -> Iterator[File]:
    for href, attributes in anchors:
        url, _, fragment = urljoin(base, href).partition("#")
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        hashes = {match[1]: match[2].lower() for match in _HASH.finditer(fragment)}
        said = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
        digest = (said or "").rpartition("sha256=")[2].lower()
        metadata = "" if said is None or said == "false" else digest if _SHA256.fullmatch(digest) else "?"
        python = attributes.get("data-requires-python") or ""
        told = attributes.get("data-provenance") or ""
        provenance = urljoin(base or address, _short(told)) if told else ""
        yanked, reason = "data-yanked" in attributes, attributes.get("data-yanked", "")[:_LONGEST]
        yield File(name, url, _sound(hashes), yanked, python, "", metadata, address, reason, provenance)


def _elements(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, attributes) of each opening tag, of two attributes of a name the last. What is never closed ends the page."""
    at = 0
    while opening := _OPENING.search(text, at):
        if opening[1] is None:
            at = text.find("-->", opening.end()) + 3
            if at < 3:
                return
            continue
        name, at = opening[1].lower(), opening.end()
        attributes: dict[str, str] = {}
        while attribute := _ATTRIBUTE.match(text, at):
            at = attribute.end()
            if attribute[1]:
                break
            if attribute[2]:
                value = attribute[3] or ""
                attributes[attribute[2].lower()] = html.unescape(value[1:-1] if value[:1] in ("'", '"') else value)
        else:
            return
        yield name, attributes
        if name in _RAW:
            closing = _RAW[name].search(text, at)
            if closing is None:
                return
            at = closing.end()


def _sound(hashes: dict[str, str]) -> dict[str, str]:
    """The hashes without a sha256 that is none."""
    return {key: value for key, value in hashes.items() if key != "sha256" or _SHA256.fullmatch(value)}

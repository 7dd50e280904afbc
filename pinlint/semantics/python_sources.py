"""Where a Python project's tools look for packages: indexes without TLS, and indexes of which each may answer for any name.

Source: uv asks indexes in order and stops at the first that has the name, unless `index-strategy` says otherwise; an `explicit` one
answers only for what names it. Poetry asks all primary sources alike, PDM all sources, and both take the highest version.
"""

from collections.abc import Iterator
from typing import Any

from pinlint.ecosystems.pypi.names import address, index
from pinlint.ecosystems.url.names import is_insecure, local_host
from pinlint.model import Fact, KeyPath
from pinlint.semantics.python_locks import table, tables, texts

__all__ = ["source_facts"]

_Table = dict[str, Any]
_Keys = tuple[str | int, ...]


def source_facts(manifest: _Table, *, locked: bool) -> Iterator[Fact]:
    """What is wrong with the indexes of a pyproject.toml; `locked` is whether a lock says which bytes are wanted."""
    tool = table(manifest.get("tool"))
    for keys, url in _addresses(tool):
        if is_insecure(url):
            yield Fact("insecure-transport", KeyPath(keys, "value"), f"{address(url)[:200]} is asked without TLS")
    for key in ("allow-insecure-host", "trusted-host"):
        for number, host in enumerate(texts(table(tool.get("uv")).get(key))):
            if not local_host(host.partition("://")[2] or host):
                why = f"the certificate of {host[:100]} is not checked, and http is accepted"
                yield Fact("insecure-transport", KeyPath(("tool", "uv", key, number), "value"), why)
    for number, one in tables(table(tool.get("pdm")).get("source")):
        if one.get("verify_ssl") is False:
            why = f"the certificate of {address(str(one.get('url')))[:200]} is not checked"
            yield Fact("insecure-transport", KeyPath(("tool", "pdm", "source", number, "verify_ssl"), "value"), why)
    if not locked:
        yield from _ambiguous(tool)


def _addresses(tool: _Table) -> Iterator[tuple[_Keys, str]]:
    uv = table(tool.get("uv"))
    for key in ("index-url", "extra-index-url", "find-links"):
        for number, url in enumerate(texts(uv.get(key))):
            yield ("tool", "uv", key, number), url
        if isinstance(uv.get(key), str):
            yield ("tool", "uv", key), uv[key]
    for keys, some in (
        (("uv", "index"), uv.get("index")),
        *(((name, "source"), table(tool.get(name)).get("source")) for name in ("poetry", "pdm")),
    ):
        for number, one in tables(some):
            if isinstance(one.get("url"), str):
                yield ("tool", *keys, number, "url"), one["url"]


def _ambiguous(tool: _Table) -> Iterator[Fact]:
    """The fact that several indexes may answer for a name, of which the highest version is taken."""
    uv = table(tool.get("uv"))
    if str(uv.get("index-strategy")).startswith("unsafe"):
        several = [one for _, one in tables(uv.get("index")) if one.get("explicit") is not True]
        default = any(one.get("default") is True for one in several)
        urls = [str(one.get("url")) for one in several] + texts(uv.get("extra-index-url"))
        yield from _named(urls if default else ["", *urls], ("tool", "uv", "index-strategy"))
    poetry = [one for _, one in tables(table(tool.get("poetry")).get("source")) if one.get("priority", "primary") == "primary"]
    yield from _named([_of_poetry(one) for one in poetry], ("tool", "poetry", "source", 0))
    pdm = table(tool.get("pdm"))
    sources = [one for _, one in tables(pdm.get("source")) if not (one.get("include_packages") or one.get("exclude_packages"))]
    if table(pdm.get("resolution")).get("respect-source-order") is not True:
        own = [str(one.get("url")) for one in sources]
        implied = [] if any(one.get("name") == "pypi" for one in sources) else [""]
        yield from _named([*implied, *own] if own else [], ("tool", "pdm", "source", 0))


def _of_poetry(source: _Table) -> str:
    return "" if str(source.get("name")).lower() == "pypi" else str(source.get("url"))


def _named(urls: list[str], keys: _Keys) -> Iterator[Fact]:
    found = list(dict.fromkeys(index(url) for url in urls))
    if len(found) > 1:
        several = " and ".join(one[:100] or "the default index" for one in found[:3])
        why = f"{several} may answer for the same name, and the highest version is taken; let one answer for what names it"
        yield Fact("ambiguous-index", KeyPath(keys), why)

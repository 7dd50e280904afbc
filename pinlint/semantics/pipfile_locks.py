"""pipenv's locks: their packages, and whether a lock is of its Pipfile.

Source: pipenv, vendor/plette/pipfiles.py (`get_hash`) and project.py. What is hashed has changed; a lock is out of step only if no
version of pipenv would have written its hash.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from pinlint.ecosystems.pypi.names import DEFAULT_HOST, normalise
from pinlint.model import KeyPath
from pinlint.semantics.python_locks import Locked, content_hash, table, tables, texts

__all__ = ["compared", "disagreements", "entries", "groups", "refusal"]

_Table = dict[str, Any]
#: Tables of a Pipfile that hold no packages.
_SECTIONS = ("source", "requires", "scripts", "pipfile", "pipenv", "default", "develop")
_DEFAULT = {"name": "pypi", "url": f"https://{'.'.join(DEFAULT_HOST)}/simple", "verify_ssl": True}
_HERE = "a path of this repository or machine"


def groups(pipfile: _Table) -> dict[str, _Table]:
    """The packages of a Pipfile by category."""
    return {key: value for key, value in pipfile.items() if key not in _SECTIONS and isinstance(value, dict)}


def refusal(lock: _Table) -> str:
    """Why this is no lock that pipenv and pinlint both understand, "" where it is one."""
    meta = lock.get("_meta")
    if not isinstance(meta, dict):
        return "it has no _meta, so nothing ties it to its Pipfile"
    version = meta.get("pipfile-spec", 6)
    return "" if version == 6 else f"it has pipfile-spec {str(version)[:20]}, and pinlint reads 6"


def entries(lock: _Table) -> list[Locked]:
    """The packages of a lock."""
    sources = [one for _, one in tables(table(lock.get("_meta")).get("sources"))]
    urls = {str(one.get("name")): str(one.get("url") or "") for one in sources}
    first = next(iter(urls.values()), "")
    return [
        _locked((section, name), entry, urls.get(str(entry.get("index")), first))
        for section, some in lock.items()
        if section != "_meta" and isinstance(some, dict)
        for name, entry in some.items()
        if isinstance(entry, dict)
    ]


def _locked(keys: tuple[str, str], entry: _Table, index: str) -> Locked:
    said = {key: value for key, value in entry.items() if isinstance(value, str)}
    found = Locked(KeyPath(keys), keys[1], said.get("version", "").removeprefix("=="))
    hashes = tuple(texts(entry.get("hashes"))) or ("",)
    if "git" in said:
        return found._replace(repository=said["git"], commit=said.get("ref", ""))
    if "path" in said or entry.get("editable") is True:
        return found._replace(local=_HERE)
    url = said.get("file") or said.get("uri") or ""
    if url:
        return (
            found._replace(url=url, hashes=hashes) if "://" in url and not url.startswith("file:") else found._replace(local=_HERE)
        )
    return found._replace(source=index, hashes=hashes)


def compared(lock: _Table) -> _Table:
    """What of a lock is compared with manifests."""
    return {**table(lock.get("_meta"))}


def disagreements(lock: _Table, manifest: _Table, folder: str) -> list[str]:  # noqa: ARG001
    """That the lock is of another Pipfile, in words that can follow its name; nothing where it is of this one."""
    written = table(lock.get("hash")).get("sha256")
    if not isinstance(written, str):
        return ["has no hash, so nothing ties it to its Pipfile"]
    if any(content_hash(content, compact=True) == written for content in _contents(manifest, lock)):
        return []
    return ["is not that of this Pipfile: its hash is another"]


def _contents(pipfile: _Table, meta: _Table) -> Iterator[_Table]:
    """What versions of pipenv hash."""
    sources = [pipfile["source"]] if "source" in pipfile else [[_DEFAULT], []]
    sources += [meta["sources"]] if isinstance(meta.get("sources"), list) else []
    others = {key: value for key, value in pipfile.items() if key not in (*_SECTIONS, "packages", "dev-packages")}
    tried = [others, {**others, "pipenv": pipfile["pipenv"]}] if "pipenv" in pipfile else [others]
    for source, more, normal in product(sources, tried, (True, False)):
        yield {
            "_meta": {"sources": source, "requires": pipfile.get("requires", {})},
            "default": _named(pipfile.get("packages", {}), normal=normal),
            "develop": _named(pipfile.get("dev-packages", {}), normal=normal),
            **{key: _named(value, normal=normal) for key, value in more.items()},
        }


def _named(packages: Any, *, normal: bool) -> Any:
    """A table of packages, their names as indexes compare them or as written."""
    return {normalise(key): value for key, value in packages.items()} if normal and isinstance(packages, dict) else packages

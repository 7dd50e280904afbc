"""Which version of a chart Helm would lock: the newest in the repository's index that the constraint allows.

Follows `Resolve` of Helm's internal/resolver and `loadIndex` of its pkg/repo. The repositories that the user's own Helm knows
are asked as it would ask them; every other one by the address that the chart names, without credentials.
"""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from pinlint.ecosystems.helm import names
from pinlint.ecosystems.helm.configuration import Known, known_repositories
from pinlint.ecosystems.helm.reading import go_text
from pinlint.http import Client, Failed
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Registry"]

_LARGEST = 48 * 1024 * 1024
Index = dict[str, list[str]]


class _Asked(NamedTuple):
    lock: threading.Lock
    answer: list[Index | NoPin]


class Registry:
    """Resolves chart dependencies; one for a run, shared by its threads. Each index is fetched once."""

    def __init__(self, client: Client, repositories: Callable[[], list[Known]] = known_repositories) -> None:
        self._client = client
        self._repositories = functools.cache(repositories)
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def resolve(self, reference: Reference) -> Pin | NoPin:
        """The version that Helm would lock; `proof` is the address of the repository, which a name like `@stable` stands for."""
        chart, source, constraint = reference.artifact.name, reference.artifact.source, reference.version
        if not constraint.strip() or names.constraint(constraint) is None:
            return NoPin(f"{chart}: {constraint[:60]!r} is no version and no range that Helm can lock")
        if source.startswith("oci://"):
            # Helm takes a full version as it is, and asks nobody.
            exact = names.version(constraint)
            return (
                Pin(constraint, (), source) if exact else NoPin(f"{chart}: pinlint cannot list the tags of an OCI repository yet")
            )
        url, authorization = self._address(source)
        if not url:
            return NoPin(f"{chart}: your Helm knows no repository {source} (helm repo add)")
        index = self._index(url, authorization)
        if isinstance(index, NoPin):
            return index._replace(why=f"{chart}: {index.why}")
        if chart not in index:
            return NoPin(f"{chart}: {names.public_source(url)} has no such chart")
        return _newest(chart, constraint, url, index[chart])

    def _address(self, source: str) -> tuple[str, str]:
        """(the address of a repository, the Authorization that the user has for it)."""
        for known in self._repositories():
            if source in (f"@{known.name}", f"alias:{known.name}") or source.rstrip("/") == known.url.rstrip("/"):
                return known.url, known.authorization
        return (source, "") if source.startswith(("http://", "https://")) else ("", "")

    def _index(self, url: str, authorization: str) -> Index | NoPin:
        with self._lock:
            asked = self._asked.setdefault(url, _Asked(threading.Lock(), []))
        with asked.lock:
            if not asked.answer:
                asked.answer.append(self._fetched(url, authorization))
            return asked.answer[0]

    def _fetched(self, url: str, authorization: str) -> Index | NoPin:
        where = names.public_source(url)
        address, query, rest = url.partition("?")
        try:
            answer = self._client.request(
                "GET", f"{address.rstrip('/')}/index.yaml{query}{rest}", secret=authorization, largest=_LARGEST
            )
        except Failed as error:
            return NoPin(str(error), retry=error.retry)
        if answer.status in (401, 403):
            return NoPin(f"{where}: {answer.status}, not allowed (helm repo add --username … --password …)")
        if answer.status != 200:
            later = answer.status == 429 or answer.status >= 500
            return NoPin(f"{where}: the repository answers {answer.status} for its index.yaml", retry=later)
        try:
            return _entries(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, Unparsable, ValueError, RecursionError):
            return NoPin(f"{where}: its index.yaml is no index of charts")


def _entries(text: str) -> Index:
    """The versions of each chart of an index, as listed. Raises ValueError or Unparsable for what is none."""
    if text.lstrip()[:1] == "{":
        return _json_entries(json.loads(text))
    roots = documents(text)
    listed = roots[0].get("entries") if roots and roots[0].kind == "mapping" else None
    if listed is None or listed.kind != "mapping" or roots[0].get("apiVersion") is None:
        raise ValueError("no entries")
    found: Index = {}
    for key, charts in listed.pairs:
        found[key.value] = []
        for chart in charts.elements:
            version, urls = chart.get("version"), chart.get("urls")
            if version is not None and urls is not None and urls.elements and (shown := go_text(version)):
                found[key.value].append(shown)
    return found


def _json_entries(index: Any) -> Index:
    if not isinstance(index, dict) or not isinstance(index.get("entries"), dict) or not index.get("apiVersion"):
        raise ValueError("no entries")
    found: Index = {}
    for name, charts in index["entries"].items():
        entries = [one for one in charts if isinstance(one, dict)] if isinstance(charts, list) else []
        found[name] = [one["version"] for one in entries if isinstance(one.get("version"), str) and one.get("urls")]
    return found


def _newest(chart: str, constraint: str, url: str, versions: list[str]) -> Pin | NoPin:
    best: list[str] = []
    for version in versions:
        if not re.fullmatch(r"[\x21-\x7e]{1,300}", version) or not names.allows(constraint, version):
            continue
        order = names.order(version, best[0]) if best else 1
        if order > 0:
            best = [version]
        elif order == 0 and version not in best:
            best.append(version)
    where = names.public_source(url)
    if not best:
        return NoPin(f"{chart}: no version in {where} satisfies {constraint}")
    if len(best) > 1:
        return NoPin(
            f"{chart}: {where} has {' and '.join(best[:3])}, which rank the same, so which one Helm takes is a matter of luck"
        )
    return Pin(best[0], (), url, unsafe="the newest chart of today would be locked")

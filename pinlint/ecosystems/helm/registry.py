"""Which version of a chart Helm would lock: the newest in the repository's index, or among its tags, that the constraint allows.

Follows `Resolve` of Helm's internal/resolver, `loadIndex` of its pkg/repo and `Tags` of its pkg/registry. The repositories that the
user's own Helm knows are asked as it would ask them; every other one by the address that the chart names, without credentials.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pinlint.cooldown import Cooldown, moment
from pinlint.ecosystems.helm import names
from pinlint.ecosystems.helm.configuration import Known, known_repositories, logins
from pinlint.ecosystems.oci.credentials import Keyring
from pinlint.ecosystems.oci.registry import Registry as Images
from pinlint.ecosystems.oci.registry import Seen
from pinlint.http import Client, Failed, loaded
from pinlint.logins import refused
from pinlint.once import Late, Once
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Entry", "Registry"]

_LARGEST = 48 * 1024 * 1024
#: Helm takes a tag only as a full version, its `+` written as `_`.
_TAG = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


class Entry(NamedTuple):
    """A version in an index: when it was made, "" where nobody says, and whether its authors advise against it."""

    made: str
    deprecated: bool


#: The versions of each chart.
Index = dict[str, dict[str, Entry]]


class Registry:
    """Resolves chart dependencies; one for a run, shared by its threads. Each index and each list of tags is fetched once.

    `tags_of` lists the tags of a repository of an OCI registry ("ghcr.io/acme/chart"), by default as the user's Helm is logged in.
    """

    def __init__(
        self,
        client: Client,
        repositories: Callable[[], list[Known]] = known_repositories,
        tags_of: Callable[[str], list[str] | NoPin] | None = None,
    ) -> None:
        self._client = client
        self._repositories = functools.cache(repositories)
        self._index = Once(self._fetched)
        self._images = Late(lambda: Images(client, Keyring(first=logins())))
        self._tags = Once(tags_of or (lambda name: self._images().tags(name)))

    def resolve(self, question: Question) -> Pin | NoPin:
        """The version that Helm would lock; `proof` is the address of the repository, which a name like `@stable` stands for."""
        chart, source, constraint = question.name, question.source, question.version
        if not source:
            return NoPin(f"{chart}: the file does not say which repository it comes from; write the version that is in use")
        if not constraint.strip() or names.constraint(constraint) is None:
            return NoPin(f"{chart}: {constraint[:60]!r} is no version and no range that Helm can lock")
        if source.startswith("oci://"):
            return self._tagged(chart, source, constraint, question.cooldown)
        url, versions = self._versions(chart, source)
        if isinstance(versions, NoPin):
            return versions
        made = {version: one.made for version, one in versions.items()}
        return _old_enough(chart, constraint, url, made, question.cooldown)

    def release(self, question: Question) -> Entry | NoPin | None:
        """What a chart's repository says of exactly that version; None where it does not have it any more. An OCI registry says
        nothing but that the tag is there."""
        chart, source, version = question.name, question.source, question.version
        if source.startswith("oci://"):
            seen = self._images().look(f"{source.removeprefix('oci://').rstrip('/')}/{chart}", version.replace("+", "_"))
            return Entry("", deprecated=False) if isinstance(seen, Seen) else seen
        if not source:
            return NoPin(f"{chart}: the file does not say which repository it comes from")
        _, versions = self._versions(chart, source)
        if isinstance(versions, NoPin):
            return versions
        plain = {one.removeprefix("v"): entry for one, entry in versions.items()}  # Helm takes either for the other
        return plain.get(version.removeprefix("v"))

    def _versions(self, chart: str, source: str) -> tuple[str, dict[str, Entry] | NoPin]:
        """(the address of the repository, the versions that its index has of a chart)."""
        url, authorization = self._address(source)
        if not url:
            return "", NoPin(f"{chart}: your Helm knows no repository {source} (helm repo add)")
        index = self._index((url, authorization))
        if isinstance(index, NoPin):
            return url, index._replace(why=f"{chart}: {index.why}")
        return url, index[chart] if chart in index else NoPin(f"{chart}: {names.public_source(url)} has no such chart")

    def _address(self, source: str) -> tuple[str, str]:
        """(the address of a repository, the Authorization that the user has for it)."""
        for known in self._repositories():
            if source in (f"@{known.name}", f"alias:{known.name}") or source.rstrip("/") == known.url.rstrip("/"):
                return known.url, known.authorization
        return (source, "") if source.startswith(("http://", "https://")) else ("", "")

    def _tagged(self, chart: str, source: str, constraint: str, cooldown: Cooldown) -> Pin | NoPin:
        """The newest of a chart's tags in an OCI registry. A version, full or not, is the tag itself for Helm."""
        tags = self._tags(f"{source.removeprefix('oci://')}/{chart}")
        if names.version(constraint):
            if isinstance(tags, NoPin) or constraint.replace("+", "_") in tags:  # not every registry lists
                return Pin(constraint, (), source)
            return NoPin(f"{chart}: {names.public_source(source)} has no tag {constraint}, and Helm takes no other for it")
        if isinstance(tags, NoPin):
            return tags._replace(why=f"{chart}: {tags.why}")
        versions = [tag.replace("_", "+") for tag in tags]
        known = {version: "" for version in versions if _TAG.fullmatch(version)}  # no registry says when a tag was pushed
        return _old_enough(chart, constraint, source, known, cooldown)

    def _fetched(self, asked: tuple[str, str]) -> Index | NoPin:
        url, authorization = asked
        where = names.public_source(url)
        address, query, rest = url.partition("?")
        try:
            answer = self._client.request(
                "GET", f"{address.rstrip('/')}/index.yaml{query}{rest}", secret=authorization, largest=_LARGEST
            )
        except Failed as error:
            return NoPin(str(error), retry=error.retry, silent=error.silent)
        if answer.status != 200:
            login = "not logged in or not allowed (helm repo add --username … --password …)"
            return refused(f"the index.yaml of {where}", answer.status, login)
        try:
            return _entries(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, Unparsable, ValueError, RecursionError):
            return NoPin(f"{where}: its index.yaml is no index of charts")


def _entries(text: str) -> Index:
    """The versions of each chart of an index, as listed. Raises ValueError or Unparsable for what is none."""
    if text.lstrip()[:1] == "{":
        return _json_entries(loaded(text.encode()))
    roots = documents(text)
    listed = roots[0].get("entries") if roots and roots[0].kind == "mapping" else None
    if listed is None or listed.kind != "mapping" or roots[0].get("apiVersion") is None:
        raise ValueError("no entries")
    found: Index = {}
    for key, charts in listed.pairs:
        found[key.value] = {}
        for chart in charts.elements:
            version, urls = chart.get("version"), chart.get("urls")
            if version is not None and urls is not None and urls.elements and (shown := go_text(version)):
                made, old = chart.get("created"), chart.get("deprecated")
                entry = Entry(made.value if made is not None else "", old is not None and old.value.lower() == "true")
                found[key.value].setdefault(shown, entry)
    return found


def _json_entries(index: Any) -> Index:
    if not isinstance(index, dict) or not isinstance(index.get("entries"), dict) or not index.get("apiVersion"):
        raise ValueError("no entries")
    found: Index = {}
    for name, charts in index["entries"].items():
        entries = [one for one in charts if isinstance(one, dict)] if isinstance(charts, list) else []
        kept = [one for one in entries if isinstance(one.get("version"), str) and one.get("urls")]
        found[name] = {one["version"]: Entry(str(one.get("created") or ""), one.get("deprecated") is True) for one in kept}
    return found


def _old_enough(chart: str, constraint: str, url: str, known: dict[str, str], cooldown: Cooldown) -> Pin | NoPin:
    """The newest version, of a range the newest that is not too fresh."""
    found = _newest(chart, constraint, url, known)
    if not cooldown or isinstance(found, NoPin) or names.version(constraint):
        return found
    until, made = cooldown.limit(time.time()), {version: moment(when) for version, when in known.items()}
    released = made[found.version]
    if released is None:
        return NoPin(f"{chart}: {names.public_source(url)} does not say when {found.version} was made, so no cool-down can be kept")
    if released < until:
        return found
    remark = Cooldown.refusal(found.version, released, until)
    older = _newest(chart, constraint, url, [one for one, when in made.items() if when is not None and when < until])
    return older._replace(remark=remark) if isinstance(older, Pin) else NoPin(f"{chart}: {remark}, and nothing older fits")


def _newest(chart: str, constraint: str, url: str, versions: Iterable[str]) -> Pin | NoPin:
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
        return NoPin(f"{chart}: no version in {where} satisfies {constraint}: `helm search repo -l` lists what is there")
    if len(best) > 1:
        return NoPin(f"{chart}: {where} has {' and '.join(best[:3])}, which rank the same, so Helm takes either of them: write one")
    said = "the newest is" if constraint == "*" else f"{constraint} is"
    return Pin(best[0], (), url, unsafe=f"{said} {best[0]} today, and newer ones would not come any more")

"""Which version of a chart Helm would lock: the newest in the repository's index, or among its tags, that the constraint allows.

Follows `Resolve` of Helm's internal/resolver, `loadIndex` of its pkg/repo and `Tags` of its pkg/registry. The repositories that the
user's own Helm knows are asked as it would ask them; every other one by the address that the chart names, without credentials.
"""

from __future__ import annotations

import functools
import hashlib
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import urljoin

from pinlint.cooldown import Cooldown, moment
from pinlint.ecosystems.helm import names
from pinlint.ecosystems.helm.configuration import Known, known_repositories, logins
from pinlint.ecosystems.oci.credentials import Keyring
from pinlint.ecosystems.oci.registry import Registry as Images
from pinlint.ecosystems.oci.registry import Seen
from pinlint.ecosystems.url.names import origin
from pinlint.http import Client, Failed, loaded
from pinlint.logins import refused
from pinlint.once import Late, Once
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import Question
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Archive", "Entry", "Registry"]

_LARGEST, _LARGEST_ARCHIVE = 48 * 1024 * 1024, 16 * 1024 * 1024
#: The media types of a chart in an OCI registry: of its metadata, and of its archive.
_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CONTENT = ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip")
_SUM = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
#: Helm takes a tag only as a full version, its `+` written as `_`.
_TAG = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


class Entry(NamedTuple):
    """A version in an index: when it was made, "" where nobody says, and whether its authors advise against it; where its archive
    lies, as the index writes it, and the SHA-256 of that, "" where nobody says."""

    made: str
    deprecated: bool
    url: str = ""
    digest: str = ""


class Archive(NamedTuple):
    """A packed chart, whose bytes are those of `digest`, in the words of who pinned it or of the index that names it."""

    packed: bytes
    digest: str


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

    def archive(self, question: Question) -> Archive | NoPin | None:
        """The packed chart of exactly that version or, in an OCI registry, of that digest; None for what is no chart at all. Its
        bytes are those that the index of the repository, or the manifest that the tag or digest names, has the digest of."""
        if question.kind == "image":
            return self._packed(question.name, next(iter(question.digests), question.version))
        chart, source = question.name, question.source
        version, _, digest = question.version.partition("@")
        if source.startswith("oci://"):
            name = f"{source.removeprefix('oci://').rstrip('/')}/{chart}"
            return self._packed(name, next(iter(question.digests), digest) or version.replace("+", "_"))
        found = self.release(question)
        if found is None:
            return NoPin(f"{chart}: the chart's repository does not have {version} any more")
        return found if isinstance(found, NoPin) else self._downloaded(chart, source, found)

    def _downloaded(self, chart: str, source: str, entry: Entry) -> Archive | NoPin:
        """The archive that an index names."""
        url, authorization = self._address(source)
        where, wanted = names.public_source(url), _SUM.fullmatch(entry.digest)
        if wanted is None:
            return NoPin(f"{chart}: the index.yaml of {where} has no digest of it, so nobody can say which archive is meant")
        base = url.partition("?")[0].rstrip("/") + "/"
        try:
            address = urljoin(base, entry.url)
            own = origin(address) == origin(base)
            secret, named_by = (authorization, "") if own else ("", base)
            answer = self._client.request("GET", address, secret=secret, largest=_LARGEST_ARCHIVE, named_by=named_by)
        except (Failed, ValueError) as error:
            silent, retry = (error.silent, error.retry) if isinstance(error, Failed) else ("", False)
            return NoPin(f"{chart}: its archive cannot be had: {error}", retry=retry, silent=silent)
        if answer.status != 200:
            return refused(f"the archive of {chart} at {names.public_source(address)}", answer.status, "not logged in")
        if hashlib.sha256(answer.body).hexdigest() != wanted[1].lower():
            return NoPin(f"{chart}: its archive is not the one that the index.yaml of {where} names", rule=CONTRADICTED)
        return Archive(answer.body, f"sha256:{wanted[1].lower()}")

    def _packed(self, name: str, reference: str) -> Archive | NoPin | None:
        """The archive of a chart in an OCI registry, by its tag or the digest of its manifest."""
        seen = self._images().look(name, reference)
        if not isinstance(seen, Seen):
            return seen or NoPin(f"{name}: the registry has nothing at {reference}")
        manifest = self._images().bytes(seen.source, seen.digest)
        if isinstance(manifest, NoPin):
            return manifest
        layer = _layer(manifest)
        if layer is None:
            return None
        packed = self._images().bytes(seen.source, layer, "blobs", _LARGEST_ARCHIVE)
        return packed if isinstance(packed, NoPin) else Archive(packed, layer)

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


def _layer(manifest: bytes) -> str | None:
    """The digest of the archive that the manifest of a chart names; None for what is no chart."""
    try:
        told = loaded(manifest)
        if told["config"]["mediaType"] != _CONFIG:
            return None
        return next((str(one["digest"]) for one in told["layers"] if one["mediaType"] in _CONTENT), None)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


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
                digest = chart.get("digest")
                entry = Entry(
                    made.value if made is not None else "", old is not None and old.value.lower() == "true", urls.elements[0].value,
                    digest.value if digest is not None else "",
                )  # fmt: skip
                found[key.value].setdefault(shown, entry)
    return found


def _json_entries(index: Any) -> Index:
    if not isinstance(index, dict) or not isinstance(index.get("entries"), dict) or not index.get("apiVersion"):
        raise ValueError("no entries")
    found: Index = {}
    for name, charts in index["entries"].items():
        entries = [one for one in charts if isinstance(one, dict)] if isinstance(charts, list) else []
        kept = [one for one in entries if isinstance(one.get("version"), str) and one.get("urls")]
        found[name] = {
            one["version"]: Entry(
                str(one.get("created") or ""), one.get("deprecated") is True, _first(one["urls"]), str(one.get("digest") or "")
            )
            for one in kept
        }
    return found


def _first(urls: Any) -> str:
    return str(urls[0]) if isinstance(urls, list) else ""


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

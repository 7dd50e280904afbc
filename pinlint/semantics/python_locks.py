"""What the locks of Python's tools have in common: TOML or JSON with a version of its own, packages with files, files with hashes.

Knows how a lock is damaged, where a package comes from, and what it means that some files have a hash and some have none. Must not
know how any one lock spells it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.pypi.hashes import files_verdict
from pinlint.ecosystems.pypi.names import index, normalise, without_secrets
from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.syntax.toml_values import Unparsable, load

__all__ = [
    "Locked",
    "Written",
    "as_json",
    "content_hash",
    "graded",
    "insecure",
    "judged",
    "loaded",
    "table",
    "tables",
    "texts",
    "toml",
    "unreadable",
]

_Table = dict[str, Any]
_conflict = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE).search
ROLE = "locked package"
#: Not quoted in messages: whole addresses.
_LONGEST = 200


class Written(NamedTuple):
    """A kind of lock: the tool that installs from it, the command that writes it anew, and algorithms that the tool does not know,
    so that it refuses the lock."""

    tool: str
    command: str
    unknown: tuple[str, ...] = ()


class Locked(NamedTuple):
    """An entry of a lock: the place of its name, name and version, and where it comes from: an index ("" for the default one), a
    repository with its commit, an address, or a place on this machine with the reason (`local`). `hashes` are those of its files,
    "" for a file without any; `why` says why there may be none."""

    place: KeyPath
    name: str
    version: str = ""
    source: str = ""
    hashes: tuple[str, ...] = ()
    local: str = ""
    repository: str = ""
    commit: str = ""
    url: str = ""
    why: str = ""


def toml(text: str, written: Written) -> _Table | Fact:
    """What a TOML lock holds, or the fact that nobody can read it. Not to be changed: others get the same."""
    if conflict := _conflict(text):
        why = f"it holds merge-conflict markers; resolve them, then run `{written.command}`"
        return Fact("unreadable-lock", Span(*conflict.span()), why)
    found = load(text)
    if isinstance(found, Unparsable):
        return unreadable(text, f"it is no TOML: {found}", written)
    return found


def as_json(text: str, written: Written) -> _Table | Fact:
    """What a JSON lock holds, or the fact that nobody can read it."""
    if conflict := _conflict(text):
        why = f"it holds merge-conflict markers; resolve them, then run `{written.command}`"
        return Fact("unreadable-lock", Span(*conflict.span()), why)
    from pinlint.syntax import json  # most locks are TOML

    found = json.load(text)
    if isinstance(found, json.Unparsable):
        why = f"{found.reason}; run `{written.command}`"
        return Fact("unreadable-lock", Span(found.offset, min(found.offset + 1, len(text))), why)
    return found if isinstance(found, dict) else unreadable(text, "it is no object", written)


def unreadable(text: str, why: str, written: Written) -> Fact:
    """The fact that a whole lock is none that its tool and pinlint understand."""
    return Fact("unreadable-lock", Span(0, min(1, len(text))), f"{why}; run `{written.command}`")


def loaded(text: str) -> _Table:
    """What a TOML file holds; nothing where nobody can read it. Not to be changed: others get the same."""
    found = load(text)
    return {} if isinstance(found, Unparsable) else found


def table(value: object) -> _Table:
    """A value that should be a table; an empty one where it is not."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> Iterator[tuple[int, _Table]]:
    """The tables of an array with their indexes; what else stands there is passed over."""
    if isinstance(value, list):
        yield from ((number, one) for number, one in enumerate(value) if isinstance(one, dict))


def texts(value: object) -> list[str]:
    """The texts of an array."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def content_hash(content: _Table, *, compact: bool = False) -> str:
    """The SHA-256 of a table as the tools write it down for their locks: as JSON with sorted keys."""
    import hashlib  # only where there is a hash to compare with
    import json

    separators = (",", ":") if compact else None
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=separators, default=str).encode()).hexdigest()


def judged(entries: list[Locked], written: Written) -> Iterator[Reference | Fact]:
    """Every entry, and which files lack the hash that others of the same index have."""
    hashing = {entry.source for entry in entries if any(entry.hashes)}
    holes = []
    for entry in entries:
        reference = _reference(entry, written)
        yield reference
        if (
            reference.artifact.kind == "pypi"
            and not reference.digests
            and entry.source in hashing
            and not (entry.local or entry.why)
        ):
            holes.append(entry)
    if holes:
        names = ", ".join(one.name for one in holes[:3]) + (f" and {len(holes) - 3} more" if len(holes) > 3 else "")
        why = f"the lock has hashes for what else comes from there, but not for {names}, which {written.tool} installs unchecked"
        yield Fact("partly-hashed", holes[0].place, f"{why}; remove what lacks them and run `{written.command}`")


def graded(entry: Locked) -> str:
    """The verdict on an entry that is a repository or an archive."""
    if entry.repository:
        return ref_verdict(entry.commit, repository_name(entry.repository))[0]
    return files_verdict(list(entry.hashes))[0]


def _reference(entry: Locked, written: Written) -> Reference:
    name = normalise(entry.name)
    if entry.local:
        return Reference(Artifact("pypi", name), entry.version, (), "local", entry.place, ROLE, entry.local)
    if entry.repository:
        address = without_secrets(entry.repository)
        artifact = Artifact("git", repository_name(entry.repository), address)
        verdict, digests, why = ref_verdict(entry.commit, artifact.name)
        return Reference(artifact, entry.commit, digests, verdict, entry.place, "locked repository", why)
    verdict, digests, why = files_verdict(list(entry.hashes))
    if refused := next((one for one in digests if one.partition(":")[0] in written.unknown), ""):
        verdict, why = "version", f"{written.tool} knows no {refused.partition(':')[0]} and refuses the lock"
    elif digests and verdict == "version":
        why = f"{why}, and {written.tool} refuses it"
    if entry.url:
        verdict = "floating" if verdict == "version" else verdict
        why = why or ("" if verdict == "digest" else f"no hash, so {written.tool} installs whatever the server sends")
        return Reference(Artifact("url", without_secrets(entry.url)), "", digests, verdict, entry.place, "locked archive", why)
    if not why and verdict == "version":
        why = entry.why or f"no hash of {'every' if any(entry.hashes) else 'any'} file, so {written.tool} installs it unchecked"
    return Reference(Artifact("pypi", name, index(entry.source)), entry.version, digests, verdict, entry.place, ROLE, why)


def insecure(entries: list[Locked]) -> Iterator[Fact]:
    """The first package of each index, and each repository or address, that is fetched without TLS."""
    seen: set[str] = set()
    for entry in entries:
        for address in (entry.source, entry.repository, entry.url):
            if address and address not in seen and is_insecure(address.removeprefix("git+")):
                seen.add(address)
                yield Fact("insecure-transport", entry.place, f"{without_secrets(address)[:_LONGEST]} is asked without TLS")

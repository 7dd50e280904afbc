"""What `[[verify.signatures]]` and `[[verify.provenance]]` say, turned into records, each refused where it would trust anybody.

Knows the keys and what they may hold; must not know signatures.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pinlint.trust import Signer, Trust

if TYPE_CHECKING:
    from pinlint.settings import Reader

__all__ = ["provenance", "signatures"]

_SIGNERS = ("identity", "identity-regexp", "issuer", "issuer-regexp", "key", "log", "registry", "release")
_COMMON = ("pattern", "none", "trusted-root", "unchecked", "repository")
_SOURCES = ("source", "source-ref", "signer", "issuer", "runner", "predicate")
#: Whose signatures and whose provenance can be asked for.
_SIGNED, _BUILT = ("image", "npm", "action"), ("image", "npm", "pypi")
#: Who can have signed an artifact of a kind: in short, what to write, and the keys that mean nothing there.
_WHO = {
    "image": ("images are signed with keys or by logins", "name a key, or identity and issuer", ()),
    "npm": (
        "npm's registries sign with keys", 'write registry = true or key = "FILE"; where it was built is for [[verify.provenance]]',
        ("covers", "trusted-root", "repository", "log"),
    ),
    "action": (
        "GitHub signs releases", "write release = true, with trusted-root", ("covers", "repository", "log"),
    ),
}  # fmt: skip
#: Who vouches for the logins of a host's pipelines, where a policy does not say.
_ISSUERS = {"https://github.com/": "https://token.actions.githubusercontent.com", "https://gitlab.com/": "https://gitlab.com"}


def signatures(reader: Reader, entries: list[dict[str, Any]]) -> tuple[Trust, ...]:
    """The records of `[[verify.signatures]]`. Raises PinlintError."""
    where, found = "verify.signatures", []
    for entry in entries:
        reader.keys(entry, (*_COMMON, *_SIGNERS, "covers", "signers"), f"{where}.")
        common = _common(reader, entry, where)
        several = entry.get("signers", [])
        if "signers" in entry and any(key in entry for key in _SIGNERS):
            raise reader.wrong(f"{where} has signers and one more beside them", "put every signer into signers = [{…}, {…}]")
        if not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
            raise reader.wrong(f"{where}.signers is no list of tables", "write signers = [{ key = […] }, …]")
        for one in several:
            reader.keys(one, _SIGNERS, f"{where}.signers.")
        own = [one for one in (several or [entry]) if any(key in one for key in _SIGNERS)]
        if common.none and (own or several):
            raise reader.wrong(f"{common.where} says none and names a signer", "remove one of them")
        if not common.none and len(own) < max(1, len(several)):
            raise reader.wrong(
                f"{common.where} names nobody who must have signed",
                "write identity and issuer, or key = […]; none = true where nothing is signed",
            )
        covers = reader.string(entry, "covers") or "index"
        if covers not in ("index", "platforms"):
            raise reader.wrong(f"{where}.covers is {covers!r}", 'use "index" or "platforms"')
        made = common._replace(covers=covers, signers=tuple(_signer(reader, one, common.where) for one in own))
        _check_kind(reader, made, [key for table in (entry, *own) for key in table])
        found += _each(reader, made, _SIGNED)
    return _untied(reader, found)


def provenance(reader: Reader, entries: list[dict[str, Any]]) -> tuple[Trust, ...]:
    """The records of `[[verify.provenance]]`. Raises PinlintError."""
    where, found = "verify.provenance", []
    for entry in entries:
        reader.keys(entry, (*_COMMON, *_SOURCES), f"{where}.")
        common = _common(reader, entry, where)
        said = {key: reader.string(entry, key) for key in _SOURCES if key != "predicate"}
        if common.none and (any(said.values()) or "predicate" in entry):
            raise reader.wrong(f"{common.where} says none and where it comes from", "remove one of them")
        if not common.none and not (said["source"] or said["signer"]):
            raise reader.wrong(
                f"{common.where} does not say where it must come from",
                'write source = "https://github.com/OWNER/REPOSITORY"; none = true where nothing is published',
            )
        for key in ("source", "signer", "issuer"):
            if "*" in said[key] and _is_anybody(said[key].partition("*")[0]):
                raise reader.wrong(f"{common.where}: {key} {said[key]!r} fits anybody", "name the host and the owner before any *")
        begins = said["source"] or said["signer"]
        issuer = said["issuer"] or next((one for host, one in _ISSUERS.items() if begins.startswith(host)), "")
        if not common.none and not issuer:
            raise reader.wrong(f"{common.where} does not say who vouches for the login", 'write issuer = "https://…"')
        predicate = entry.get("predicate", [])
        predicates = reader.strings({"predicate": [predicate] if isinstance(predicate, str) else predicate}, "predicate")
        made = common._replace(
            source=said["source"], source_ref=said["source-ref"], signer=said["signer"], issuer=issuer, runner=said["runner"],
            predicates=predicates,
        )  # fmt: skip
        found += _each(reader, made, _BUILT)
    return _untied(reader, found)


def _is_anybody(start: str) -> bool:
    """Whether what stands before a star names no host, or of one where anybody has repositories no owner."""
    return len(start.removeprefix("https://").partition("/")[0]) < 3 or any(host.startswith(start) for host in _ISSUERS)


def _common(reader: Reader, entry: dict[str, Any], where: str) -> Trust:
    pattern = reader.string(entry, "pattern")
    if not pattern:
        raise reader.wrong(f"an entry of {where} has no pattern", 'write pattern = "image:ghcr.io/OWNER/*"')
    unchecked = reader.string(entry, "unchecked") or "fail"
    if unchecked not in ("fail", "note"):
        raise reader.wrong(f"{where}.unchecked is {unchecked!r}", 'use "fail" or "note"')
    return Trust(
        pattern=pattern,
        where=f"{where} {pattern}",
        none=_switch(reader, entry, "none", where),
        trusted_root=reader.string(entry, "trusted-root"),
        repository=reader.string(entry, "repository"),
        strict=unchecked == "fail",
        base=os.path.dirname(os.path.abspath(reader.path)),
    )


def _switch(reader: Reader, entry: dict[str, Any], key: str, where: str, default: bool = False) -> bool:
    value = entry.get(key, default)
    if not isinstance(value, bool):
        raise reader.wrong(f"{where}.{key} is {value!r}", "write true or false")
    return value


def _signer(reader: Reader, entry: dict[str, Any], where: str) -> Signer:
    said = {key: reader.string(entry, key) for key in _SIGNERS[:4]}
    for name in ("identity", "issuer"):
        if said[name] and said[f"{name}-regexp"]:
            raise reader.wrong(f"{where} has {name} and {name}-regexp", "remove one of them")
        _check_regexp(reader, said[f"{name}-regexp"], f"{where}: {name}-regexp")
    key = entry.get("key", [])
    keys = reader.strings({"key": [key] if isinstance(key, str) else key}, "key")
    log = _switch(reader, entry, "log", where, True)
    for name in ("registry", "release"):
        if _switch(reader, entry, name, where):
            if sum(key in entry for key in _SIGNERS) > 1:
                raise reader.wrong(f"{where} has {name} and another signer", f"put them into signers = [{{ {name} = true }}, …]")
            return Signer(registry=name == "registry", release=name == "release")
    if keys:
        if any(said.values()):
            raise reader.wrong(f"{where} has a key and an identity", "put them into signers = [{ key = […] }, { identity = … }]")
        return Signer(keys=keys, log=log)
    if not log:
        raise reader.wrong(
            f"{where} has log = false and no key", "only a key can do without a log: nothing else says when a certificate signed"
        )
    for name in ("identity", "issuer"):
        if not (said[name] or said[f"{name}-regexp"]):
            raise reader.wrong(f"{where} has no {name}", f'write {name} = "…": without it, whoever has any login could have signed')
    return Signer(said["identity"], said["identity-regexp"], said["issuer"], said["issuer-regexp"])


def _check_kind(reader: Reader, made: Trust, keys: list[str]) -> None:
    """Raises PinlintError for who cannot have signed such an artifact; `keys` are those of the table."""
    kind = made.pattern.partition(":")[0]
    if kind not in _WHO:
        return
    why, hint, others = _WHO[kind]
    fits = {
        "image": lambda one: not (one.registry or one.release),
        "npm": lambda one: one.registry or bool(one.keys),
        "action": lambda one: one.release,
    }[kind]
    wrong = [key for key in keys if key in others] or [key for key in keys if key in _SIGNERS]
    if any(key in others for key in keys) or not all(map(fits, made.signers)):
        raise reader.wrong(f"{made.where}: {wrong[0]} is not for {kind}: {why}", hint)


def _check_regexp(reader: Reader, pattern: str, where: str) -> None:
    """Raises PinlintError for what is no regular expression, and for one that fits anybody."""
    if not pattern:
        return
    from pinlint.expressions import Expression, Unsupported

    try:
        expression = Expression(pattern)
    except Unsupported as error:
        raise reader.wrong(f"{where} cannot be used: {error}", "write a plain regular expression, as for cosign") from None
    if expression.fits("") or all(map(expression.fits, ("a", "https://example.com/", "x@example.com", "-"))):
        raise reader.wrong(f"{where} {pattern!r} fits anybody", "say who must have signed")


def _each(reader: Reader, made: Trust, kinds: tuple[str, ...]) -> list[Trust]:
    """The record for every spelling of its pattern."""
    kind, colon, name = made.pattern.partition(":")
    if kind not in kinds or not colon:
        reader.kind(kind)
        raise reader.wrong(f"{made.where}: not for {kind}", f"write KIND:NAME for one of {', '.join(kinds)}")
    return [made._replace(pattern=one) for one in reader.artifacts(kind, name, made.where)]


def _untied(reader: Reader, found: list[Trust]) -> tuple[Trust, ...]:
    """The records, if no two begin alike. Raises PinlintError."""
    seen: dict[str, Trust] = {}
    for one in found:
        literal = one.pattern.partition("*")[0]
        other = seen.setdefault(literal, one)
        if other is not one and other._replace(pattern="") != one._replace(pattern=""):
            raise reader.wrong(f"{one.where} and {other.where} begin alike", "make one of them longer, or join their signers")
    return tuple(found)

"""composer.json: the packages that a project asks for, whether composer.lock settles them, and repositories without TLS.

Ranges are right in a library; in a project the lock settles them. PHP and its extensions are no packages.
Source: Composer's schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.composer.names import constraint_verdict, is_platform
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.composer_manifests import application, content_hash, object_at
from pinlint.semantics.shown import is_shown
from pinlint.syntax.json import Unparsable, load
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_Json = dict[str, Any]
_GROUPS = (("require", "package"), ("require-dev", "development package"))
#: What settles the ranges of a library: not this repository.
_USER = "the lock of whoever uses it"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package that is asked for; a fact first where the lock is missing or out of step."""
    manifest = load(document.text)
    if isinstance(manifest, Unparsable):
        place = Span(manifest.offset, min(manifest.offset + 1, len(document.text)))
        if "{{" in document.text or "{%" in document.text:
            yield Fact("template", place, "a template that is no JSON before it is filled in")
        else:
            yield Fact("unreadable-file", place, manifest.reason)
        return
    if not isinstance(manifest, dict):
        yield Fact("foreign", Span(0, 0), "no composer.json: it holds no object")
        return
    path = join(document.path, "composer.lock")
    wanted = [(group, role, name, text) for group, role in _GROUPS for name, text in _packages(manifest, group)]
    locked = tree.exists(path)
    if locked and (why := _out_of_step(manifest, object_at(tree, path))):
        yield Fact("stale-lock", _place(manifest), why)
    elif not locked and wanted and application(manifest) and not is_shown(document.path):
        missing = f"no composer.lock says which version of {wanted[0][2][:100]} is meant"
        yield Fact("missing-lock", KeyPath((wanted[0][0], wanted[0][2])), f"{missing}: run `composer update` and commit the lock")
    yield from _transport(manifest)
    for group, role, name, text in wanted:
        yield _reference(group, role, name, text, "composer.lock" if locked else "")


def _packages(manifest: _Json, group: str) -> Iterator[tuple[str, str]]:
    listed = manifest.get(group)
    for name, text in listed.items() if isinstance(listed, dict) else ():
        if isinstance(text, str) and not is_platform(name):
            yield name, text


def _out_of_step(manifest: _Json, lock: _Json | None) -> str:
    """What the lock says that it was made from, if that is another composer.json."""
    told = lock.get("content-hash") if lock else None
    computed = content_hash(manifest) if isinstance(told, str) else ""
    if not computed or computed == told:
        return ""
    warned = "composer.lock was made from another composer.json, so `composer install` warns and installs what it says"
    return f"{warned}; run `composer update --lock`"


def _place(manifest: _Json) -> KeyPath | Span:
    key = next((key for key in ("require", "require-dev", "name") if key in manifest), "")
    return KeyPath((key,)) if key else Span(0, 1)


def _transport(manifest: _Json) -> Iterator[Fact]:
    """Repositories without TLS, and what switches it off."""
    listed = manifest.get("repositories")
    entries = listed.items() if isinstance(listed, dict) else enumerate(listed) if isinstance(listed, list) else ()
    for key, entry in entries:
        address = entry.get("url") if isinstance(entry, dict) else None
        if isinstance(address, str) and is_insecure(address):
            place = KeyPath(("repositories", key, "url"), "value")
            yield Fact("insecure-transport", place, f"the repository {without_credentials(address)} is asked without TLS")
    config = manifest.get("config")
    for key, bad in (("secure-http", False), ("disable-tls", True)):
        if isinstance(config, dict) and config.get(key) is bad:
            place = KeyPath(("config", key))
            yield Fact(
                "insecure-transport",
                place,
                f"{key} is {str(bad).lower()}, so Composer also fetches what nothing protects on the way",
            )


def _reference(group: str, role: str, name: str, text: str, lock: str) -> Reference:
    verdict, digests, why = constraint_verdict(text)
    settled = lock or (_USER if verdict in ("range", "version") else "")
    if lock and verdict != "digest":
        digests = ()
    place = KeyPath((group, name), "value")
    return Reference(Artifact("composer", name.lower()), text, digests, verdict, place, role, why, settled)

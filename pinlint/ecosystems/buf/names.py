"""Modules of schemas and plugins as Buf names them: `host/owner/name`, with a ref or version behind a colon.

Must not know any file format. Source: bufbuild/buf, private/bufpkg (bufparse, bufremoteplugin, bufconfig); buf 1.75 agrees.
"""

from __future__ import annotations

import re

__all__ = ["alike", "digest_verdict", "module_verdict", "parted", "plugin_verdict", "purl"]

_COMMIT = re.compile(r"[0-9a-f]{32}").fullmatch
_VERSION = re.compile(r"v\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]+)?").fullmatch
_OLD = re.compile(r"v\d{1,9}\.\d{1,9}\.\d{1,9}-\d{1,9}").fullmatch
_SUM = re.compile(r"(?:shake256|b5):[0-9a-f]{128}|b4:[0-9a-f]{128}").fullmatch


def parted(text: str) -> tuple[str, str]:
    """(name, what stands behind the colon) of a module or plugin."""
    name, _, ref = text.strip().partition(":")
    return name.lower(), ref


def module_verdict(ref: str) -> tuple[str, str]:
    """(verdict, why) of what is asked of a module: a commit of 32 digits stays what it is, a label moves."""
    if _COMMIT(ref):
        return "version", ""
    return (
        "floating",
        f"{ref[:60]} is a label, which moves" if ref else "no commit is asked for, so every update takes the newest one",
    )


def plugin_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of the version of a plugin that runs on a registry; "unknown" is what Buf refuses."""
    if _VERSION(version) or _OLD(version):
        return "version", ""
    if not version:
        return "floating", "no version is asked for, so every run takes the newest one"
    return "unknown", "Buf takes only a full version there, v1.2.3"


def digest_verdict(digest: str) -> tuple[str, tuple[str, ...]]:
    """(verdict, digests) of an entry of a lock."""
    return ("digest", (digest,)) if _SUM(digest) else ("version", (digest,) if digest else ())


def purl(name: str, version: str) -> str:
    """`pkg:generic/NAME@VERSION`: no type of package URLs is Buf's."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name.rpartition("/")[2], version)


def alike(text: str) -> tuple[str, ...]:
    """A module or plugin of a policy; () for what has a version."""
    return (text.lower(),) if text and ":" not in text else ()

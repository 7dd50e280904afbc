"""Go's grammar: module paths and versions, and what a line of go.sum is worth.

Must not know files. Source: golang.org/x/mod (module, semver, sumdb/dirhash), and the Go modules reference.
"""

import re

__all__ = ["alike", "is_local", "purl", "sum_verdict", "toolchain_verdict", "version_verdict"]

_NUMBER = r"(?:0|[1-9][0-9]*)"
_version = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?").fullmatch
_sum = re.compile(r"h1:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=").fullmatch
_toolchain = re.compile(r"go[1-9][0-9]*\.[0-9]+(?:\.[0-9]+|(?:rc|beta)[0-9]+)?(?:-[\w.-]+)?").fullmatch


def version_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of the version of a module as go.mod holds it."""
    if _version(version):
        return "version", ""
    return "floating", f"{version[:60]} is no full version, so the next go command that may write go.mod looks up what it is then"


def toolchain_verdict(name: str) -> tuple[str, str]:
    """(verdict, why) of a `toolchain` line."""
    if _toolchain(name):
        return "version", ""
    return (
        ("local", "whichever Go is installed") if name in ("default", "local") else ("unknown", "it is no toolchain that Go knows")
    )


def sum_verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of a sum. Source: golang.org/x/mod/sumdb/dirhash; cmd/go, modfetch/fetch.go, `checkModSum`."""
    if _sum(text):
        return "digest", ""
    if text.startswith("h1:"):
        return "version", "its h1 sum is no SHA-256 in base64, so nothing can ever match it"
    return "version", "Go knows h1 sums only and passes over any other"


def is_local(path: str) -> bool:
    """Whether what stands behind `=>` is a directory. Source: golang.org/x/mod/modfile, `IsDirectoryPath`."""
    return path in (".", "..") or path.startswith(("./", "../", "/", ".\\", "..\\", "\\")) or path[1:2] == ":"


def purl(name: str, version: str) -> str:
    """`pkg:golang/github.com/acme/widget@v1.0.0`, in lower case. Source: purl-spec, type golang."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("golang", name.lower(), version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text else ()

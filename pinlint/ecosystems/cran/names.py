"""R's packages: what renv's lock says of their bytes.

Must not know files. Source: rstudio/renv, R/hash.R: `Hash` is an MD5 of some fields of the description of a package.
"""

import re

__all__ = ["alike", "commit", "purl"]

commit = re.compile(r"[0-9a-f]{40}").fullmatch


def purl(name: str, version: str) -> str:
    """`pkg:cran/NAME@VERSION`. Source: purl-spec, type cran."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("cran", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text else ()

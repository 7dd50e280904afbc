"""Pipes of Bitbucket Pipelines, `account/repository:tag`, and pipelines imported from other repositories.

Bitbucket reads `pipe.yml` of the repository at the tag and runs the image that it names. No other way to say a version is
documented, so a tag is as firm as it gets. Must not know any file format. Source: support.atlassian.com/bitbucket-cloud/docs
(pipes, yaml-sharing).
"""

from __future__ import annotations

import re

from pinlint.ecosystems.git.names import ref_verdict

__all__ = ["alike", "parse_pipe", "pipe_verdict", "purl"]

_PIPE = re.compile(r"([\w.{}-]{1,100}/[\w.-]{1,100})(?::([^\s:@]{1,200}))?")


def parse_pipe(text: str) -> tuple[str, str] | None:
    """(account/repository, version or "") of a pipe; None for what is none."""
    match = _PIPE.fullmatch(text)
    return (match[1], match[2] or "") if match else None


def pipe_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of the tag or branch at which a repository is read."""
    verdict, digests, why = ref_verdict(version)
    return (verdict, why) if verdict == "digest" or not digests else ("tag", "")


def purl(name: str, version: str) -> str:
    """`pkg:bitbucket/account/repository@version`."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("bitbucket", name.lower(), version) if re.fullmatch("[^/]+/[^/]+", name) else ""


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in lower case; () for what is no `account/repository`."""
    return (text.lower(),) if ("/" in text or "*" in text) and ":" not in text else ()

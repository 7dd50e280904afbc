"""Git refs and repository names: what is a commit, and what can be moved.

Must not know any file format. Source: gitrevisions(7), git-check-ref-format(1).
"""

from __future__ import annotations

import re

__all__ = ["INSTANCE", "alike", "purl", "ref_verdict", "repository_name"]

#: The server that a GitLab pipeline runs on, as the pipeline itself calls it.
INSTANCE = "https://$CI_SERVER_FQDN"

_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_GLUED_COMMENT = re.compile(r"([0-9a-fA-F]{40}|[0-9a-fA-F]{64})#.*", re.DOTALL)
#: Hosts that keep no repositories whose objects are named by SHA-256: a branch may have such a name there.
_SHA1_ONLY = ("github.com/", "gist.github.com/")
#: Hosts for which two spellings of a repository that differ in case are one.
_CASELESS = ("github.com/", "gitlab.com/", "bitbucket.org/", "codeberg.org/")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
_TAG = re.compile(r"refs/tags/.+|[\w.-]*?\d(?:_\w+)?(?:[.-]\w+)*")
_LONGEST_TAG = 255  # as a file name, which a loose ref is
_URL = r"(?i)(?:git\+)?(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:]+(?::\d+)?)[:/]/*(.*)"  # compiled where it is used


def ref_verdict(ref: str, repository: str = "") -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests as written, why) of a git ref; `repository` is whose, as `repository_name` gives it.

    A full commit in 40 or 64 hex is a digest; a shorter run of hex digits with a letter among them only looks like one; what
    looks like a version is a tag; all else (a branch, HEAD, nothing) is floating.
    """
    if _COMMIT.fullmatch(ref):
        if len(ref) == 64 and repository.startswith(_SHA1_ONLY):
            return (
                "floating",
                (ref,),
                f"commits of {repository.partition('/')[0]} have 40 digits, and only a branch can be called so",
            )
        return "digest", (ref,), ""
    if glued := _GLUED_COMMENT.fullmatch(ref):
        return "floating", (ref,), f"# begins a comment behind a blank only, so this is no commit; write {glued[1][:12]}… #"
    if _SHORT.fullmatch(ref) and re.search("[a-f]", ref) and re.search("[0-9]", ref):
        return "tag", (ref,), f"{ref} is only the beginning of a commit; write all 40 digits"
    if len(ref) <= _LONGEST_TAG and _TAG.fullmatch(ref):
        return "tag", (), ""
    if ref == "HEAD":
        return "floating", (), "HEAD is the default branch, which moves with every push"
    return "floating", (), (f"{ref} can be a branch, which moves with every push" if ref else "no ref, so the default branch")


def repository_name(url: str) -> str:
    """`host/path` of a repository URL in any spelling (https, ssh, scp-like), without credentials, `.git` and trailing slash."""
    match = re.match(_URL, url)
    if not match:
        return url
    path = match[2].split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return f"{match[1].lower()}/{path.removesuffix('.git')}"


def purl(name: str, version: str) -> str:
    """`pkg:github/owner/repo@version` for GitHub, `pkg:generic/…?vcs_url=git+https:%2F%2F…` for every other host."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    host, _, path = name.partition("/")
    if host == "github.com":
        return package_url("github", path.lower(), version) if re.fullmatch("[^/]+/[^/]+", path) else ""
    return package_url("generic", path.rpartition("/")[2], version, vcs_url=f"git+https://{name}")


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in which * may stand for anything, as repositories are named; () for what has no host. In lower case
    where the host does not distinguish it."""
    text = repository_name(text) if "://" in text else text
    host = text.partition("/")[0]
    if host != "localhost" and not any(mark in host for mark in ".*:$"):
        return ()
    return (text.lower() if text.lower().startswith(_CASELESS) else host.lower() + text[len(host) :],)

"""npm's grammar: package names, what a specifier asks for, and what an integrity value is worth.

Knows how npm reads these words (npm-package-arg, hosted-git-info, ssri); must not know files or where a word was written.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from pinlint.ecosystems.url.names import is_insecure

__all__ = [
    "Integrity", "Specifier", "alike", "another_package", "archive_commit", "argument_verdict", "git_verdict",
    "integrity_verdict", "is_another", "is_exact", "is_insecure_git", "is_name", "is_plain", "is_public", "parted", "purl",
    "rules_out", "specifier", "strongest", "tarball",
]  # fmt: skip

# --- names -------------------------------------------------------------------------------------------------------------------

#: What JavaScript's encodeURIComponent leaves alone.
_PART = r"[A-Za-z0-9_.!~*'()-]+"
_name = re.compile(rf"(?:@{_PART}/(?!\.)|(?![._-])){_PART}").fullmatch
_parted = re.compile(r"((?:@[^/@:]+/)?[^/@:]+)(?:@(.*))?", re.DOTALL).fullmatch


def is_name(text: str) -> bool:
    """Whether npm takes `text` as a package name, old ones with capitals included. Source: validate-npm-package-name."""
    return _name(text) is not None and text.lower() not in ("node_modules", "favicon.ico")


def parted(text: str) -> tuple[str, str]:
    """(name, what is asked for under it) of `name@spec`; no name where a text begins with none. Whatever means nothing else is a
    name: those of workspaces are nobody's business."""
    found = _parted(text)
    return (found[1], found[2] or "") if found else ("", text)


def purl(name: str, version: str) -> str:
    """The package URL of a package; without a version when `version` is "". Source: purl-spec, type npm."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("npm", name, version)


# --- integrity ---------------------------------------------------------------------------------------------------------------

_SPACE = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")  # JavaScript's \s
_hash = re.compile(r"([a-z0-9]+)-([^?]+)(?:\?.*)?", re.DOTALL).fullmatch
#: The only way to write a digest of each algorithm. npm compares text, so that any other way never matches.
#: Weakest first, as ssri orders them.
_DIGESTS = {
    "md5": re.compile(r"[A-Za-z0-9+/]{21}[AQgw]=="),
    "sha1": re.compile(r"[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]="),
    "sha224": re.compile(r"[A-Za-z0-9+/]{37}[AQgw]=="),
    "sha256": re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),
    "sha384": re.compile(r"[A-Za-z0-9+/]{64}"),
    "sha512": re.compile(r"[A-Za-z0-9+/]{85}[AQgw]=="),
}
_RANK = {algorithm: rank for rank, algorithm in enumerate(_DIGESTS)}


class Integrity(NamedTuple):
    """What an integrity value is worth: "digest", "weak-digest", or "version" when npm checks nothing or can match nothing."""

    verdict: str
    why: str


def strongest(integrity: str) -> tuple[str, list[str]]:
    """The algorithm that decides and its digests as written; ("", []) when npm finds nothing it knows.

    npm drops what it does not know without a word. Source: ssri, `parse` and `pickAlgorithm`.
    """
    best, digests = "", []
    for token in _SPACE.split(integrity):
        found = _hash(token)
        if not found or found[1] not in _RANK:
            continue
        if found[1] == best:
            digests.append(found[2])
        elif not best or _RANK[found[1]] > _RANK[best]:
            best, digests = found[1], [found[2]]
    return best, digests


def integrity_verdict(integrity: str) -> Integrity:
    """The verdict on an SRI value of any form."""
    algorithm, digests = strongest(integrity)
    if not algorithm:
        return Integrity("version", "the integrity names no algorithm that npm knows, so npm checks nothing")
    if not any(_DIGESTS[algorithm].fullmatch(digest) for digest in digests):
        return Integrity("version", f"the integrity is no {algorithm} digest in base64, so no package can ever match it")
    if _RANK[algorithm] < _RANK["sha256"]:
        return Integrity("weak-digest", f"the integrity holds nothing stronger than {algorithm}")
    return Integrity("digest", "")


# --- specifiers --------------------------------------------------------------------------------------------------------------

_GIT_PROTOCOLS = ("git:", "git+ssh:", "git+https:", "git+http:", "git+rsync:", "git+ftp:", "git+file:", "ssh:")
_GIT_SHORTCUTS = ("github:", "gitlab:", "bitbucket:", "gist:", "sourcehut:")
#: Hosts whose plain URLs npm takes for git repositories, and the path that makes them a file to download after all.
_GIT_HOSTS = {
    "github.com": re.compile(r"/[^/]*/[^/]*/(?!tree(?:/|$))[^/]|/?[^/]*/?$"),
    "bitbucket.org": re.compile(r"/[^/]*/[^/]*/get(?:/|$)|/?[^/]*/?$"),
    "gitlab.com": re.compile(r".*(?:/-/|/archive\.tar\.gz|/$)|/?[^/]*$"),
    "gist.github.com": re.compile(r"/[^/]*/[^/]*/raw(?:/|$)|/$"),
    "git.sr.ht": re.compile(r"/[^/]*/[^/]*/archive(?:/|$)|/?[^/]*/?$"),
}
_url = re.compile(r"([a-z][a-z0-9+.-]*:)//(?:[^/?#@]*@)?([^/?#:@]*)(?::[0-9]*)?([^?#]*)", re.IGNORECASE).match
#: A commit in the path instead of after "#". Only in plain URLs does npm take capitals for the same host.
_github_tree = re.compile(
    r"(?:(?i:https?)://(?:[^/@]*@)?(?i:(?:www\.)?github\.com)"
    r"|(?:ssh|git|git\+ssh|git\+https)://(?:[^/@]*@)?(?:www\.)?github\.com)(?::[0-9]*)?/[^/]*/[^/]*/tree/([^/]+)"
).match
_file = re.compile(r"file:|[.]|~/|/|[A-Za-z]:", re.IGNORECASE).match
_archive = re.compile(r"\.(?:tgz|tar\.gz|tar)\Z", re.IGNORECASE).search
_scp = re.compile(r"[^@/#\s]+@[^:.@/\s]+\.[^:/\s]+:[^\s]").match
_shorthand = re.compile(r"[^./@:#\s][^/@:#\s]*/[^/@:#\s]+(?:#|$)").match
_hexadecimal = re.compile(r"[0-9a-fA-F]{7,64}").fullmatch
_commit = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?").fullmatch


class Specifier(NamedTuple):
    """What a specifier asks for.

    `kind` is "git", "remote" (a tarball on a server), "file" (a tarball), "directory", "alias", "registry", or "" for what npm
    refuses. `ref` is the part of a git URL after "#" ("" without), the path of a file or directory, or the aliased
    `name@version`.
    """

    kind: str
    ref: str


def _unquoted(text: str) -> str:
    """Percent-encoding taken out; nearly no specifier has any."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def specifier(text: str) -> Specifier:
    """What npm takes `text` for. Source: npm-package-arg and hosted-git-info."""
    lower = text[:16].lower()
    if _file(text):
        path = text[5:] if lower.startswith("file:") else text
        return Specifier("file" if _archive(text) else "directory", _unquoted(path.removeprefix("//")))
    if lower.startswith("npm:"):
        return Specifier("alias", text[4:])
    repository, _, ref = text.partition("#")
    if lower.startswith(_GIT_PROTOCOLS + _GIT_SHORTCUTS) or _scp(text) or _shorthand(text):
        tree = _github_tree(repository)
        return Specifier("git", _unquoted(tree[1] if tree else ref))
    if lower.startswith(("http:", "https:")):
        parts = _url(repository)
        if not parts or not parts[2]:
            return Specifier("", "")
        if _is_repository(parts[1].lower(), parts[2].lower(), parts[3]):
            tree = _github_tree(repository)
            return Specifier("git", _unquoted(tree[1] if tree else ref))
        return Specifier("remote", "")
    if re.match(r"[a-z][a-z+]*:", lower):
        return Specifier("", "")
    if "/" in text or _archive(text):
        return Specifier("file" if _archive(text) else "directory", text)
    return Specifier("registry", text)


def _is_repository(protocol: str, host: str, path: str) -> bool:
    """Whether npm clones a plain URL instead of downloading it."""
    host = host.removeprefix("www.")
    download = _GIT_HOSTS.get(host)
    return download is not None and (protocol == "https:" or host == "github.com") and not download.match(path)


_plain_version = re.compile(r"(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})").fullmatch


def is_plain(version: str) -> bool:
    """Whether a version is three numbers and no more."""
    return _plain_version(version) is not None


@lru_cache(4096)  # a lock asks for few versions, and for each many times
def _numbers(version: str) -> tuple[int, ...]:
    found = _plain_version(version)
    return tuple(int(part) for part in found.groups()) if found else ()


def rules_out(spec: str, version: str) -> bool:
    """Whether `version` certainly lies outside what `spec` allows. Told of the forms 1.2.3, ^1.2.3 and ~1.2.3 alone.

    Source: semver, `satisfies`.
    """
    operator = spec[:1] if spec[:1] in ("^", "~") else ""
    low = _numbers(spec[1:] if operator else spec)
    if not low or low == (have := _numbers(version)) or not have:
        return False
    same = 2 if operator == "~" else 3
    if operator == "^":
        same = 1 if low[0] else 2 if low[1] else 3
    return have[:same] != low[:same] or have < low


def is_another(spec: object, entry: object) -> bool:
    """Whether a lock's entry certainly has another version than `spec` asks for; never said of a link or of what has a place."""
    if not isinstance(spec, str) or not isinstance(entry, dict):
        return False
    version, alias = entry.get("version"), spec[:4] == "npm:"
    if not isinstance(version, str) or not rules_out(spec.rpartition("@")[2] if alias else spec, version):
        return False
    return str(entry.get("resolved") or "")[:4] in ("", "http") and not entry.get("link") and (alias or not entry.get("name"))


def another_package(name: str, spec: str, entry: object) -> str:
    """The package that a lock's entry holds instead of what `spec` asks for under `name`; "" if it is the one, or cannot be told.

    npm looks at the version alone, and installs it. Source: @npmcli/arborist, dep-valid.js.
    """
    asked = specifier(spec)
    if not isinstance(entry, dict) or entry.get("link") or asked.kind not in ("alias", "registry"):
        return ""
    wanted = (asked.ref.rpartition("@")[0] or asked.ref) if asked.kind == "alias" else name
    held, resolved = entry.get("name") or name, entry.get("resolved") or ""
    if not isinstance(held, str) or not isinstance(resolved, str) or resolved[:4] not in ("", "http"):
        return ""
    served = tarball(resolved)
    return held if wanted != held and (not served or served[0] != wanted) and is_name(wanted) else ""


def tarball(resolved: str) -> tuple[str, str] | None:
    """(name, version) of the package whose tarball the registry keeps at `resolved`; None if the address does not tell.

    The version is "" unless it is plain, as in 1.2.3: of others registries write several forms.
    """
    found = _tarball(resolved)
    if not found:
        return None
    name = _unquoted(found[1])
    version = found[2][len(name.rpartition("/")[2]) + 1 :] if found[2].startswith(f"{name.rpartition('/')[2]}-") else ""
    return name, version if _plain_version(version) else ""


#: The path that the public registry and those that follow it give a tarball.
_tarball = re.compile(r"https?://[^?#]*?/((?:@[^/?#]+(?:/|%2[fF]))?[^/?#@]+)/-/(?:@[^/?#]+/)?([^/?#]+)\.tgz(?:[?#].*)?").fullmatch

#: Archives of git hosts whose path or query names a commit.
_archive_commit = re.compile(
    r"https?://(?:codeload\.github\.com/[^/?#]+/[^/?#]+/(?:legacy\.)?tar\.gz/"
    r"|(?:www\.)?github\.com/[^/?#]+/[^/?#]+/(?:archive|tarball)/|api\.github\.com/repos/[^/?#]+/[^/?#]+/tarball/"
    r"|bitbucket\.org/[^/?#]+/[^/?#]+/get/|[^?#]+/-/archive/|[^?#]+/repository/archive(?:\.tar\.gz)?\?(?:ref|sha)=)"
    r"([0-9a-f]{40}(?:[0-9a-f]{24})?)(?![0-9a-f])"
).match


def archive_commit(address: str) -> str:
    """The full commit of which an address is the archive; "" if it names none."""
    found = _archive_commit(address)
    return found[1] if found else ""


_exact = re.compile(r"=?v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?").fullmatch


def is_exact(text: str) -> bool:
    """Whether a range holds one version alone."""
    return _exact(text) is not None


def argument_verdict(text: str) -> tuple[str, str, str, str]:
    """(name, version, verdict, why) of an argument of `npm install`: `name@version`, a git repository, an address or a folder."""
    slash = text.find("/") if text.startswith("@") else 0
    at = text.find("@", slash + 1)
    name, spec = (text[:at], text[at + 1 :]) if at > 0 else (text, "")
    if not is_name(name) and not (is_name(text) and not spec):
        name, spec = text, text
    kind = specifier(spec).kind if spec else "registry"
    if kind == "git":
        verdict, commit, why = git_verdict(specifier(spec).ref)
        return name, commit or specifier(spec).ref, verdict, why
    if kind in ("file", "directory"):
        return name, spec, "local", "it lies in this repository or on this machine"
    if kind == "remote":
        return name, spec, "floating", "nothing says which bytes the address has to lead to"
    if kind != "registry":
        return name, spec, "unknown", "npm takes it for something that pinlint does not know"
    if not spec or re.fullmatch(r"[A-Za-z][\w.-]*|\*", spec):
        return name, spec, "floating", "no version is asked for, so every install takes the newest one" if not spec else ""
    return (
        (name, spec, "version", "")
        if _exact(spec)
        else (name, spec, "range", "several versions satisfy it, so installs may differ")
    )


def git_verdict(ref: str) -> tuple[str, str, str]:
    """(verdict, commit, why) of a git reference: commit is "" unless a full one is named.

    The part after "#" may hold several parts, joined by "::" ("COMMIT::path:packages/a", "semver:^1.0.0").
    """
    parts = [part for part in ref.split("::") if part]
    ranges = [part for part in parts if part.startswith("semver:")]
    names = [part for part in parts if ":" not in part]
    if ranges:
        asked = ranges[0].removeprefix("semver:")
        return "range", "", f"{asked} is looked up among the repository's tags; only a full commit says what npm installs"
    if not names:
        return "floating", "", "no commit is named, so npm installs whatever the default branch holds"
    if _commit(names[0]):
        return "digest", names[0], ""
    if _hexadecimal(names[0]):
        why = f"{names[0]} is no full commit (40 or 64 hex digits, lower case), so a branch or tag may answer to it"
        return "floating", "", why
    return "floating", "", f"the git reference {names[0]} can be moved; only a full commit says what npm installs"


def is_insecure_git(text: str) -> bool:
    """Whether npm clones a repository without TLS. Of GitHub's old addresses it makes https. Source: hosted-git-info, hosts.js."""
    parts = _url(text)
    hosted = parts and parts[2].lower().removeprefix("www.") == "github.com" and parts[1].lower() in ("git:", "http:")
    return is_insecure(text[4:] if text[:4].lower() == "git+" else text) and not hosted


#: SHA-256 of the name of the public registry's host.
_PUBLIC_HOST = "0dc11026ac75c015aaa1deafff4a7a54ef6d0cf6b3c7f9b1d2c8f3502929aa9e"


def is_public(source: str) -> bool:
    """Whether an origin is the public registry's. To npm it stands for whichever registry is configured, and that one's scheme
    and port take the place of those that are written. Source: @npmcli/arborist, reify.js, `registryResolved`.
    """
    from hashlib import sha256  # Hardly any lock names an origin that has to be asked about.

    host = source.partition("//")[2].partition(":")[0]
    return sha256(host.encode("utf-8", "surrogatepass")).hexdigest() == _PUBLIC_HOST


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text[1:] else ()

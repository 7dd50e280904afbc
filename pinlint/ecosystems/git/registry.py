"""What a git host says about a ref: the commit that it names now.

One question in git's smart HTTP protocol, which every host speaks; no git program, no API of a particular host. Source:
gitprotocol-v2(5), `ls-refs`; gitprotocol-http(5) for hosts of the older protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.ecosystems.git.credentials import Helpers, authorization, gitlab, place, server
from pinlint.ecosystems.git.names import INSTANCE
from pinlint.ecosystems.git.protocol import Host
from pinlint.http import Client, Failed, Response, origin
from pinlint.logins import refused
from pinlint.once import Once
from pinlint.pins import CONTRADICTED, MISNAMED, NoPin, Pin
from pinlint.question import CLAIM, Question

__all__ = ["Found", "Instance", "Registry", "address"]

_LARGEST = 16 * 1024 * 1024
_ANSWER = "application/x-git-upload-pack-result"
_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
#: What a comment says that is a commit or its beginning, and no date.
_COMMIT_SAID = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{7,39}|[0-9a-f]{40}", re.IGNORECASE)
_SHORTEST = 7  # characters of a commit that git shows
_VERSION = re.compile(r"v?\d{1,9}(?:\.\d{1,9}){0,3}")
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
#: What git lets no ref contain, and `#`, which begins a comment where refs are written. Source: git-check-ref-format(1).
_NO_REF = re.compile(r"[#\s~^:?*\[\\]|\.\.|@\{")
_EVERYTHING = ("HEAD", _HEADS, _TAGS)
_FLUSH, _DELIMITER = b"0000", b"0001"


class Instance(NamedTuple):
    """The GitLab that a repository came from, by the address that its clone has; "" where nobody says."""

    url: str = ""


class Found(NamedTuple):
    """A ref of a repository and the commit that it names, through any annotated tags; `object` is what it names itself."""

    name: str
    commit: str
    object: str


class Registry:
    """Resolves git references; one for a run, shared by its threads. `host` is who sends objects."""

    def __init__(
        self,
        client: Client,
        authorization_of: Callable[[str, str], str] = authorization,
        helper: Callable[[str], str] | None = None,
    ) -> None:
        self._client = client
        self._authorization_of = authorization_of
        self._helped = Once(helper or Helpers())
        self._all: Once[str, list[Found] | NoPin] = Once(lambda url: self._refs(url, _EVERYTHING))
        self.host = Host(client, authorization_of, self._helped)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The commit that the ref (the default branch, where none is written) names now; of a claim, whether it is true.

        A tag is safe to replace by its commit. A branch is not: what follows it would stand still. A name that is both is left
        alone, because git's own tools disagree on which one they take. Of an action the pin's version is the fullest tag on that
        commit: `v4` moves, and a comment that says v4.2.2 stays true.
        """
        if question.wanted == CLAIM:
            return self._checked(question)
        name, ref, action = question.name, question.version, question.kind == "action"
        url, problem = address(question)
        if problem:
            return NoPin(f"{name}: {problem}")
        if _NO_REF.search(ref) or not ref.isprintable() or len(ref) > 255:
            return NoPin(f"{name}: {ref[:60]!r} is no name of a tag or branch; write the one that you want")
        try:
            refs = self._all(url) if action else self._refs(url, _prefixes(ref, question.digests))
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)
        found = refs if isinstance(refs, NoPin) else _chosen(name, ref, url, refs, question.digests)
        if action and isinstance(found, Pin) and isinstance(refs, list):
            found = found._replace(version=_fullest(found, refs))
        expected = next((one for one in question.digests if one != ref), "")
        if isinstance(found, Pin) and not found.digests[0].startswith(expected):
            return NoPin(
                f"{ref} is at {found.digests[0][:12]}… now, and the file expects {expected[:40]}: find out who is right",
                rule=CONTRADICTED,
            )
        return found

    def refs(self, url: str) -> list[Found]:
        """HEAD, the branches and the tags of a repository. Raises Failed where nobody says them."""
        found = self._all(url)
        if isinstance(found, NoPin):
            raise Failed(found.why, retry=found.retry, silent=found.silent)
        return [one for one in found if one.name == "HEAD" or one.name.startswith((_HEADS, _TAGS))]

    def _checked(self, question: Question) -> Pin | NoPin:
        """Whether the commit is the version that is claimed for it; what cannot be told is no contradiction.

        The id of the tag itself is as good as its commit. `v4` is right for any v4.x.y: the tag has moved on since.
        """
        url, problem = address(question)
        try:
            refs = NoPin(problem) if problem else self._all(url)
        except Failed as error:
            refs = NoPin(str(error), retry=error.retry, silent=error.silent)
        if isinstance(refs, NoPin):
            return refs._replace(why=f"{question.name}: {refs.why}")
        why = _mismatch(question.version, question.digests[0].lower(), refs)
        return NoPin(why, rule=MISNAMED) if why else Pin(question.version, question.digests, url)

    def _refs(self, url: str, prefixes: tuple[str, ...]) -> list[Found] | NoPin:
        """The refs that begin with one of the prefixes, and perhaps others."""
        parts = urlsplit(url)
        secret = self._authorization_of(parts.scheme, place(url))
        headers = {"Git-Protocol": "version=2", "Content-Type": "application/x-git-upload-pack-request", "Accept": _ANSWER}
        address, question = f"{url}/git-upload-pack", _question(prefixes)
        answer = self._client.request("POST", address, headers, content=question, secret=secret, largest=_LARGEST)
        if answer.status == 401 and origin(answer.url) == origin(url) and (helped := self._helped(url)):
            secret = helped
            answer = self._client.request("POST", address, headers, content=question, secret=secret, largest=_LARGEST)
        if answer.status == 200 and answer.headers.get("content-type", "") == _ANSWER:
            lines = list(_packets(answer.body))
            if answer.body.endswith(_FLUSH) and len(found := list(_listed(lines))) == len(lines):
                return found
        # A host that moved the repository, one that speaks only the older protocol, or objects named by SHA-256.
        answer = self._client.request("GET", f"{url}/info/refs?service=git-upload-pack", secret=secret, largest=_LARGEST)
        if answer.status == 200 and answer.headers.get("content-type", "") == _ADVERTISEMENT:
            return list(_advertised(list(_packets(answer.body)), parts.hostname or ""))
        return _refusal(answer, url)


def address(question: Question) -> tuple[str, str]:
    """(the address of the repository over http or https, why there is none)."""
    source = question.source
    if question.kind == "action":
        if source and "://" not in source:
            return "", "only the instance knows where it looks for it; write its whole address"
        owner, _, rest = question.name.removeprefix(f"{source.partition('://')[2]}/").partition("/")
        source = f"{source or server()}/{owner}/{rest.partition('/')[0]}"
    if not source:
        return "", "only the server that runs it knows where it is; write the commit by hand"
    if source.startswith(INSTANCE):
        source = f"{gitlab() or question.told(Instance).url or INSTANCE}{source.removeprefix(INSTANCE)}"
        if source.startswith(INSTANCE):
            return "", "which GitLab that is, nobody says; CI_SERVER_URL or GITLAB_HOST does"
    address = source.removeprefix("git+").rstrip("/")
    scheme = address.partition("://")[0].lower() if "://" in address else "ssh"
    if "+" in scheme or scheme == "svn":
        return "", f"pinlint resolves git references, not those of {scheme.partition('+')[0]}: write the full revision by hand"
    if scheme not in ("http", "https"):
        return "", f"only https can be asked, and this address is one of {scheme}; write the commit by hand, or the https address"
    if "$" in address or "?" in address:
        return "", "its address holds a variable or a query"
    return address, ""


def _prefixes(ref: str, digests: tuple[str, ...]) -> tuple[str, ...]:
    """What the full name of a ref can begin with."""
    if ref.startswith("refs/"):
        return (ref,)
    if ref in ("", "HEAD"):
        return ("HEAD",)
    return _EVERYTHING if ref in digests else (f"{_HEADS}{ref}", f"{_TAGS}{ref}")


def _question(prefixes: tuple[str, ...]) -> bytes:
    """The body of an `ls-refs`."""
    lines = [_packet("command=ls-refs"), _packet("agent=pinlint"), _DELIMITER, _packet("peel")]
    return b"".join([*lines, *(_packet(f"ref-prefix {prefix}") for prefix in prefixes), _FLUSH])


def _packet(line: str) -> bytes:
    data = f"{line}\n".encode()
    return f"{len(data) + 4:04x}".encode() + data


def _packets(body: bytes) -> Iterator[str]:
    """The lines of pkt-line framing, without line ends; stops at what is no frame. Raises Failed for what is cut off."""
    at, end = 0, len(body)
    while at + 4 <= end:
        head = body[at : at + 4]
        if not re.fullmatch(b"[0-9a-fA-F]{4}", head):
            raise Failed("the answer is not in git's framing")
        size = int(head, 16)
        if size > 4 and at + size > end:
            raise Failed("the answer broke off", retry=True)
        if size > 4:
            yield body[at + 4 : at + size].decode("utf-8", "surrogateescape").rstrip("\n")
        at += max(size, 4)


def _listed(lines: Iterable[str]) -> Iterator[Found]:
    """The refs in an answer to `ls-refs`: `OID NAME [peeled:OID]`."""
    for line in lines:
        oid, _, rest = line.partition(" ")
        name, *attributes = rest.split(" ")
        peeled = next((one.removeprefix("peeled:") for one in attributes if one.startswith("peeled:")), oid)
        if _OID.fullmatch(oid) and _OID.fullmatch(peeled):
            yield Found(name, peeled, oid)


def _advertised(lines: Iterable[str], host: str) -> Iterator[Found]:
    """The refs that a host of the older protocol advertises: `OID NAME`, and `OID NAME^{}` for what an annotated tag names."""
    found: dict[str, Found] = {}
    for line in lines:
        oid, _, name = line.partition("\0")[0].partition(" ")
        if oid == "ERR":
            raise Failed(f"{host} answers: {name[:100]}")
        if _OID.fullmatch(oid):
            tag = name.removesuffix("^{}")
            found[tag] = found[tag]._replace(commit=oid) if tag in found else Found(tag, oid, oid)
    if not found:  # even an empty repository has a line
        raise Failed(f"{host} lists no refs as git does")
    yield from found.values()


def _chosen(name: str, ref: str, url: str, refs: list[Found], digests: tuple[str, ...]) -> Pin | NoPin:
    """The commit of the one ref that is meant."""
    if ref in ("", "HEAD"):
        head = next((found.commit for found in refs if found.name == "HEAD"), "")
        if not head:
            return NoPin(f"{name}: the repository has no default branch, it may be empty")
        return Pin(ref or "HEAD", (head,), url, unsafe="the default branch moves, and its commit of today would stay")
    full = {found.name: found.commit for found in refs}
    if ref.startswith("refs/"):
        candidates = [ref] if ref in full else []
    else:
        candidates = [one for one in (f"{_TAGS}{ref}", f"{_HEADS}{ref}") if one in full]
    if len(candidates) > 1:
        return NoPin(f"{name}: {ref} is both a tag and a branch, and tools disagree on which is meant; write the commit by hand")
    if not candidates:
        short = ref in digests and _SHORT.fullmatch(ref)
        none = f"{name} has no tag or branch {ref}: `git ls-remote URL` lists what it has"
        return _beginning(name, ref, url, refs) if short else NoPin(none)
    unsafe = "" if candidates[0].startswith(_TAGS) else f"{ref} is a branch, and its commit of today would stay"
    return Pin(ref, (full[candidates[0]],), url, unsafe=unsafe)


def _beginning(name: str, ref: str, url: str, refs: list[Found]) -> Pin | NoPin:
    """The commit whose beginning is written, where a tag or branch names it; others cannot be looked up by their beginning."""
    commits = {found.commit for found in refs if found.commit.startswith(ref)}
    if len(commits) > 1:
        return NoPin(f"{name}: several commits begin with {ref}")
    if not commits:
        return NoPin(f"{name}: no tag or branch is at a commit {ref}…; `git rev-parse {ref}` in a clone tells all of it")
    return Pin(ref, (commits.pop(),), url)


def _fullest(pin: Pin, refs: list[Found]) -> str:
    """The version tag on the pin's commit that says most: of the ref's own line (v4 → v4.2.2) where that is a version itself."""
    tags = [one.name.removeprefix(_TAGS) for one in refs if one.commit == pin.digests[0] and one.name.startswith(_TAGS)]
    if pin.unsafe:  # a branch moves on, and no version of it was asked for
        return pin.version
    versions = [tag for tag in tags if _VERSION.fullmatch(tag)]
    line = [tag for tag in versions if tag == pin.version or tag.startswith(f"{pin.version}.")]
    if _VERSION.fullmatch(pin.version) and not _SHORT.fullmatch(pin.version):
        versions = line
    return max(versions, key=lambda tag: (tag.count("."), [int(part) for part in re.findall(r"\d+", tag)][:4]), default=pin.version)


def _mismatch(said: str, commit: str, refs: list[Found]) -> str:
    """Why a commit is not the version that is said of it ("" = it is, or nobody can tell)."""
    tags = {one.name.removeprefix(_TAGS): one for one in refs if one.name.startswith(_TAGS)}
    ids = {commit, *(id_ for one in refs if commit in (one.commit, one.object) for id_ in (one.commit, one.object))}
    if len(said) >= _SHORTEST and said not in tags and any(one.startswith(said.lower()) for one in ids):
        return ""  # also where its beginning has digits alone
    if _COMMIT_SAID.fullmatch(said) and said not in tags:
        return f"the comment says {said[:12]}, and another commit is pinned"
    commit = next((one.commit for one in refs if one.object == commit), commit)  # the id may be that of a tag itself
    here = [tag for tag, one in tags.items() if one.commit == commit]
    said = re.sub(r"(?:\.[xX*])+$", "", said)  # `v9.x` is right for any v9.y.z
    plain = said.removeprefix("v")
    if any(re.search(rf"(?:^|[/@_v-]){re.escape(plain)}(?:\.|$)", tag) for tag in here):
        return ""
    if versions := [tag for tag in here if _VERSION.fullmatch(tag)]:
        return f"the comment says {said}, and the commit is {max(versions, key=len)}"
    if said.count(".") < 2:
        return ""
    named = next((tags[tag] for tag in (said, f"v{plain}", plain) if tag in tags), None)
    if named is None:
        return f"the comment says {said}, and there is no such tag"
    return f"the comment says {said}, which is at {named.commit[:12]}…"


def _refusal(answer: Response, url: str) -> NoPin:
    host, path = urlsplit(url).hostname, urlsplit(url).path
    where = f"{host}{path}"
    if answer.status == 200:
        return NoPin(f"{where} is no git repository that can be asked over http")
    none = "no such repository, or a private one (netrc, GITHUB_TOKEN, git's credential helpers)"
    return NoPin(f"{where} answers 404, {none}") if answer.status == 404 else refused(where, answer.status, none)
